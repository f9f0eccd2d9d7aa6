-- A pass costs what changed: phases, members, archive pages, tombstones, listings.

ALTER TABLE story ADD COLUMN phase TEXT NOT NULL DEFAULT 'pending'; -- pending, public, gone
ALTER TABLE story ADD COLUMN leaves BIGINT;  -- when it stops being public: expiry, end of a notice
ALTER TABLE story ADD COLUMN notice TEXT;    -- what stands in the place of a retracted text
ALTER TABLE story ADD COLUMN raised BIGINT;  -- when a correction or a notice lifted it again
ALTER TABLE story ADD COLUMN size BIGINT NOT NULL DEFAULT 0; -- bytes of its raw text
UPDATE story SET leaves = expires;
CREATE INDEX story_revision ON story (revision);
CREATE INDEX story_path ON story (source, path);
CREATE INDEX story_due ON story (published) WHERE phase = 'pending';
CREATE INDEX story_leaving ON story (leaves) WHERE phase = 'public' AND leaves IS NOT NULL;
DROP TABLE place;

-- What was decided once about a feed, and what is to be done to it.
ALTER TABLE feed RENAME TO feed_before;
CREATE TABLE feed (
    id              INTEGER PRIMARY KEY NOT NULL,
    path            TEXT NOT NULL UNIQUE,
    atom_id         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    updated         BIGINT,
    retired         BIGINT,
    rule            TEXT NOT NULL,   -- digest of its rule
    settings        TEXT NOT NULL,   -- digest of all else its files depend on beside stories
    page_settings   TEXT NOT NULL,   -- the same for archive pages
    floor_published BIGINT,          -- the first story that it didn't carry; none: carries all
    floor_guid      TEXT,
    open_page       BIGINT NOT NULL, -- number of the archive page that is being filled
    paged           BIGINT NOT NULL, -- whether its members are settled on archive pages
    dirty           BIGINT NOT NULL,
    entries         BIGINT NOT NULL, -- how many it carries
    carried         TEXT NOT NULL    -- guid and revision of each
);
INSERT INTO feed (path, atom_id, kind, updated, retired, rule, settings, page_settings, open_page,
                  paged, dirty, entries, carried)
    SELECT path, atom_id, kind, updated, retired, '', '', '', 1, 0, 1, 0, members FROM feed_before;
DROP TABLE feed_before;

-- A story in a feed; the row stays when the story leaves.
CREATE TABLE member (
    story     BIGINT NOT NULL,
    feed      BIGINT NOT NULL,
    published BIGINT NOT NULL,
    guid      TEXT NOT NULL,
    inside    BIGINT NOT NULL,
    page      BIGINT,               -- the archive page on which it was settled
    raised    BIGINT,
    PRIMARY KEY (story, feed)
) WITHOUT ROWID;
CREATE INDEX member_order ON member (feed, published DESC, guid) WHERE inside = 1;
CREATE INDEX member_raised ON member (feed, raised) WHERE raised IS NOT NULL AND inside = 1;

-- An archive page (RFC 5005). Those before the feed's open one are closed, and have files.
CREATE TABLE page (
    feed    BIGINT NOT NULL REFERENCES feed (id),
    number  BIGINT NOT NULL,
    stories TEXT NOT NULL,          -- rows of its stories, parted by commas
    bytes   BIGINT NOT NULL,
    dirty   BIGINT NOT NULL,
    left_at BIGINT,                 -- when a story last left it
    PRIMARY KEY (feed, number)
) WITHOUT ROWID;
CREATE INDEX page_dirty ON page (feed, number) WHERE dirty = 1;

-- A story that was taken back from a feed (RFC 6721).
CREATE TABLE tombstone (
    feed    BIGINT NOT NULL REFERENCES feed (id),
    guid    TEXT NOT NULL,
    at      BIGINT NOT NULL,
    comment TEXT,
    PRIMARY KEY (feed, guid)
) WITHOUT ROWID;
CREATE INDEX tombstone_newest ON tombstone (feed, at DESC);

-- A story that would leave a feed if the guard let it.
CREATE TABLE held (
    feed  BIGINT NOT NULL REFERENCES feed (id),
    story BIGINT NOT NULL REFERENCES story (id),
    PRIMARY KEY (feed, story)
) WITHOUT ROWID;

-- A story that names a section which has no feed.
CREATE TABLE undeclared (
    section TEXT NOT NULL,
    story   BIGINT NOT NULL REFERENCES story (id),
    PRIMARY KEY (section, story)
) WITHOUT ROWID;
CREATE INDEX undeclared_story ON undeclared (story);

-- What a folder of a source held: one packed row for all of its files.
CREATE TABLE listing (
    source  TEXT NOT NULL,
    folder  TEXT NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (source, folder)
) WITHOUT ROWID;

-- Guids and dates taken over from feeds that readers already had.
CREATE TABLE adopted (
    guid      TEXT PRIMARY KEY NOT NULL,
    url       TEXT NOT NULL,
    published BIGINT,
    updated   BIGINT
);
CREATE INDEX adopted_url ON adopted (url);

ALTER TABLE document ADD COLUMN page BIGINT NOT NULL DEFAULT 0; -- 0: the feed itself
CREATE INDEX document_current ON document (feed) WHERE page = 0;
INSERT INTO counter (name, value) SELECT 'feed', coalesce(max(id), 0) FROM feed;
INSERT INTO counter (name, value) VALUES ('settled', 0);
