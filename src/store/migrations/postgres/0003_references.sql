-- Which stories a text refers to: it is rendered again when that comes to something else.

ALTER TABLE story ADD COLUMN name TEXT COLLATE "C"; -- the last part of its path; none: it came in before

CREATE INDEX story_name ON story (source, name);

CREATE INDEX story_unnamed ON story (id) WHERE name IS NULL;

-- What a rendered text asked for, found or not.
CREATE TABLE reference (
    story  BIGINT NOT NULL REFERENCES rendered (story) ON DELETE CASCADE,
    number BIGINT NOT NULL,         -- its place among those of the text
    source TEXT COLLATE "C" NOT NULL, -- whose stories may be meant
    name   TEXT COLLATE "C" NOT NULL, -- the last part of the path
    path   TEXT COLLATE "C" NOT NULL,
    url    TEXT COLLATE "C",        -- the address that it came to
    dirty  BIGINT NOT NULL,         -- whether a file of that name moved since
    PRIMARY KEY (story, number)
);

CREATE INDEX reference_name ON reference (source, name);

CREATE INDEX reference_dirty ON reference (source, name) WHERE dirty = 1;

-- What texts asked for before isn't known: those that may refer to others are rendered again.
DELETE FROM rendered WHERE story IN (
    SELECT story FROM body WHERE text LIKE '%@/%' OR text LIKE '%{{%' OR text LIKE '%{!%%' ESCAPE '!'
);

UPDATE feed SET dirty = 1;

UPDATE page SET dirty = 1;
