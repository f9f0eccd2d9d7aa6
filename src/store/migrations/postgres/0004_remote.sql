-- Sources that are fetched.

CREATE TABLE remote (
    source      TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    state       TEXT COLLATE "C" NOT NULL, -- active, paused, stopped
    next_due    BIGINT NOT NULL,
    lease       TEXT COLLATE "C",   -- who asks it now
    lease_until BIGINT,
    record      TEXT COLLATE "C" NOT NULL -- all else that is known of it, JSON
);

CREATE INDEX remote_due ON remote (state, next_due);

-- Entries of a source that were seen and not taken.
CREATE TABLE passed (
    source TEXT COLLATE "C" NOT NULL,
    key    TEXT COLLATE "C" NOT NULL,
    story  BIGINT REFERENCES story (id), -- the same article of another source; none: older than what the first fetch took
    PRIMARY KEY (source, key)
);

CREATE INDEX passed_story ON passed (story) WHERE story IS NOT NULL;

-- By what an article is known again: digests of its address, its title, groups of its words.
CREATE TABLE print (
    print BIGINT NOT NULL,
    story BIGINT NOT NULL REFERENCES story (id),
    PRIMARY KEY (print, story)
);

CREATE INDEX print_story ON print (story);

INSERT INTO counter (name, value) VALUES ('printed', 0);
