-- Sources that are fetched.

CREATE TABLE remote (
    source      TEXT PRIMARY KEY NOT NULL,
    state       TEXT NOT NULL,      -- active, paused, stopped
    next_due    BIGINT NOT NULL,
    lease       TEXT,               -- who asks it now
    lease_until BIGINT,
    record      TEXT NOT NULL       -- all else that is known of it, JSON
) WITHOUT ROWID;
CREATE INDEX remote_due ON remote (state, next_due);

-- Entries of a source that were seen and not taken.
CREATE TABLE passed (
    source TEXT NOT NULL,
    key    TEXT NOT NULL,
    story  BIGINT REFERENCES story (id), -- the same article of another source; none: older than what the first fetch took
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX passed_story ON passed (story) WHERE story IS NOT NULL;

-- By what an article is known again: digests of its address, its title, groups of its words.
CREATE TABLE print (
    print BIGINT NOT NULL,
    story BIGINT NOT NULL REFERENCES story (id),
    PRIMARY KEY (print, story)
) WITHOUT ROWID;
CREATE INDEX print_story ON print (story);

INSERT INTO counter (name, value) VALUES ('printed', 0);
