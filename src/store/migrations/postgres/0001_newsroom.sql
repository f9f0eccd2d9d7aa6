-- The newsroom's store. Instants are epoch milliseconds. Append-only: a change is a new file.
-- Texts are compared byte for byte, as SQLite does.


CREATE TABLE meta (
    name  TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE counter (
    name  TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

INSERT INTO counter (name, value) VALUES ('revision', 0), ('story', 0), ('settled', 0), ('feed', 0);

CREATE TABLE story (
    id              BIGINT PRIMARY KEY NOT NULL,
    guid            TEXT COLLATE "C" NOT NULL UNIQUE,
    source          TEXT COLLATE "C" NOT NULL,
    key             TEXT COLLATE "C" NOT NULL,
    path            TEXT COLLATE "C" NOT NULL,
    digest          TEXT COLLATE "C" NOT NULL,
    revision        BIGINT NOT NULL,
    url             TEXT COLLATE "C" NOT NULL,
    title           TEXT COLLATE "C" NOT NULL,
    language        TEXT COLLATE "C" NOT NULL,
    published       BIGINT NOT NULL,
    updated         BIGINT NOT NULL,
    expires         BIGINT,
    first_seen      BIGINT NOT NULL,
    changed         BIGINT NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    translation_key TEXT COLLATE "C",
    facts           TEXT COLLATE "C" NOT NULL,
    phase           TEXT COLLATE "C" NOT NULL,
    leaves          BIGINT,
    notice          TEXT COLLATE "C",
    raised          BIGINT,
    size            BIGINT NOT NULL,
    UNIQUE (source, key)
);

CREATE INDEX story_newest ON story (published DESC, guid);

CREATE INDEX story_translation ON story (translation_key) WHERE translation_key IS NOT NULL;

CREATE INDEX story_revision ON story (revision);

CREATE INDEX story_path ON story (source, path);

CREATE INDEX story_due ON story (published) WHERE phase = 'pending';

CREATE INDEX story_leaving ON story (leaves) WHERE phase = 'public' AND leaves IS NOT NULL;

CREATE TABLE body (
    story  BIGINT PRIMARY KEY NOT NULL REFERENCES story (id),
    markup TEXT COLLATE "C" NOT NULL,
    text   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE rendered (
    story   BIGINT PRIMARY KEY NOT NULL REFERENCES story (id),
    digest  TEXT COLLATE "C" NOT NULL,
    html    TEXT COLLATE "C" NOT NULL,
    excerpt TEXT COLLATE "C" NOT NULL,
    image   TEXT COLLATE "C",
    bytes   BIGINT NOT NULL
);

CREATE TABLE feed (
    id              BIGINT PRIMARY KEY NOT NULL,
    path            TEXT COLLATE "C" NOT NULL UNIQUE,
    atom_id         TEXT COLLATE "C" NOT NULL,
    kind            TEXT COLLATE "C" NOT NULL,
    updated         BIGINT,
    retired         BIGINT,
    rule            TEXT COLLATE "C" NOT NULL,   -- digest of its rule
    settings        TEXT COLLATE "C" NOT NULL,   -- digest of all else its files depend on beside stories
    page_settings   TEXT COLLATE "C" NOT NULL,   -- the same for archive pages
    floor_published BIGINT,          -- the first story that it didn't carry; none: carries all
    floor_guid      TEXT COLLATE "C",
    open_page       BIGINT NOT NULL, -- number of the archive page that is being filled
    paged           BIGINT NOT NULL, -- whether its members are settled on archive pages
    dirty           BIGINT NOT NULL,
    entries         BIGINT NOT NULL, -- how many it carries
    carried         TEXT COLLATE "C" NOT NULL    -- guid and revision of each
);

CREATE TABLE member (
    story     BIGINT NOT NULL,
    feed      BIGINT NOT NULL,
    published BIGINT NOT NULL,
    guid      TEXT COLLATE "C" NOT NULL,
    inside    BIGINT NOT NULL,
    page      BIGINT,               -- the archive page on which it was settled
    raised    BIGINT,
    PRIMARY KEY (story, feed)
);

CREATE INDEX member_order ON member (feed, published DESC, guid) WHERE inside = 1;

CREATE INDEX member_raised ON member (feed, raised) WHERE raised IS NOT NULL AND inside = 1;

CREATE TABLE page (
    feed    BIGINT NOT NULL REFERENCES feed (id),
    number  BIGINT NOT NULL,
    stories TEXT COLLATE "C" NOT NULL,          -- rows of its stories, parted by commas
    bytes   BIGINT NOT NULL,
    dirty   BIGINT NOT NULL,
    left_at BIGINT,                 -- when a story last left it
    PRIMARY KEY (feed, number)
);

CREATE INDEX page_dirty ON page (feed, number) WHERE dirty = 1;

CREATE TABLE tombstone (
    feed    BIGINT NOT NULL REFERENCES feed (id),
    guid    TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    comment TEXT COLLATE "C",
    PRIMARY KEY (feed, guid)
);

CREATE INDEX tombstone_newest ON tombstone (feed, at DESC);

CREATE TABLE held (
    feed  BIGINT NOT NULL REFERENCES feed (id),
    story BIGINT NOT NULL REFERENCES story (id),
    PRIMARY KEY (feed, story)
);

CREATE TABLE undeclared (
    section TEXT COLLATE "C" NOT NULL,
    story   BIGINT NOT NULL REFERENCES story (id),
    PRIMARY KEY (section, story)
);

CREATE INDEX undeclared_story ON undeclared (story);

CREATE TABLE listing (
    source  TEXT COLLATE "C" NOT NULL,
    folder  TEXT COLLATE "C" NOT NULL,
    entries BYTEA NOT NULL,
    PRIMARY KEY (source, folder)
);

CREATE TABLE adopted (
    guid      TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    url       TEXT COLLATE "C" NOT NULL,
    published BIGINT,
    updated   BIGINT
);

CREATE INDEX adopted_url ON adopted (url);

CREATE TABLE document (
    file    TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    feed    TEXT COLLATE "C" NOT NULL,
    digest  TEXT COLLATE "C" NOT NULL,
    size    BIGINT NOT NULL,
    stamp   BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    page    BIGINT NOT NULL
);

CREATE INDEX document_current ON document (feed) WHERE page = 0;

CREATE TABLE said (
    source TEXT COLLATE "C" NOT NULL,
    path   TEXT COLLATE "C" NOT NULL,
    what   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, path, what)
);
