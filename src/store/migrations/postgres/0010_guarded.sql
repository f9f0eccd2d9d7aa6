-- Stories whose files are gone, and which the guard keeps until a person accepts it.
CREATE TABLE guarded (
    story BIGINT PRIMARY KEY NOT NULL REFERENCES story (id)
);
-- What is no longer live, by what it was read from: a file may come back in another place.
CREATE INDEX story_left ON story (source, digest) WHERE state <> 'live';
