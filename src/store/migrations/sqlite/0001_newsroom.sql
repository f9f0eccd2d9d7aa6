-- The newsroom's store. Instants are epoch milliseconds. Append-only: a change is a new file.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);
CREATE TABLE counter (
    name  TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('revision', 0), ('story', 0);

CREATE TABLE story (
    id              INTEGER PRIMARY KEY NOT NULL,
    guid            TEXT NOT NULL UNIQUE,
    source          TEXT NOT NULL,
    key             TEXT NOT NULL,
    path            TEXT NOT NULL,
    digest          TEXT NOT NULL,
    revision        BIGINT NOT NULL,
    url             TEXT NOT NULL,
    title           TEXT NOT NULL,
    language        TEXT NOT NULL,
    published       BIGINT NOT NULL,
    updated         BIGINT NOT NULL,
    expires         BIGINT,
    first_seen      BIGINT NOT NULL,
    changed         BIGINT NOT NULL,
    state           TEXT NOT NULL,
    translation_key TEXT,
    facts           TEXT NOT NULL,
    UNIQUE (source, key)
);
CREATE INDEX story_newest ON story (published DESC, guid);
CREATE INDEX story_translation ON story (translation_key) WHERE translation_key IS NOT NULL;

-- The text as its source has it, apart so that story rows stay small.
CREATE TABLE body (
    story  INTEGER PRIMARY KEY NOT NULL REFERENCES story (id),
    markup TEXT NOT NULL,
    text   TEXT NOT NULL
);

-- What the text became, made when a feed first needs it.
CREATE TABLE rendered (
    story   INTEGER PRIMARY KEY NOT NULL REFERENCES story (id),
    digest  TEXT NOT NULL,
    html    TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    image   TEXT,
    bytes   BIGINT NOT NULL
);

-- A story in each section it names (own = 1) and in those around them (own = 0).
CREATE TABLE place (
    section   TEXT NOT NULL,
    published BIGINT NOT NULL,
    guid      TEXT NOT NULL,
    story     BIGINT NOT NULL REFERENCES story (id),
    own       BIGINT NOT NULL,
    PRIMARY KEY (section, published DESC, guid)
) WITHOUT ROWID;
CREATE INDEX place_story ON place (story);

-- What was decided once about a feed, and what it last carried.
CREATE TABLE feed (
    path    TEXT PRIMARY KEY NOT NULL,
    atom_id TEXT NOT NULL,
    kind    TEXT NOT NULL,
    updated BIGINT,
    retired BIGINT,
    inputs  TEXT NOT NULL,
    members TEXT NOT NULL
);

-- The manifest: every file that was published.
CREATE TABLE document (
    file    TEXT PRIMARY KEY NOT NULL,
    feed    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    size    BIGINT NOT NULL,
    stamp   BIGINT NOT NULL,
    changed BIGINT NOT NULL
);

-- What is said once and not at each pass.
CREATE TABLE said (
    source TEXT NOT NULL,
    path   TEXT NOT NULL,
    what   TEXT NOT NULL,
    PRIMARY KEY (source, path, what)
);
