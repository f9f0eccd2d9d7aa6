-- Feeds for partners, and who may read them.

-- The documents of feeds that are in no folder.
CREATE TABLE partner_document (
    file    TEXT PRIMARY KEY NOT NULL,  -- where it is served: partners/x/rss.xml
    feed    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    bytes   BLOB NOT NULL,
    changed BIGINT NOT NULL             -- when its bytes did
);

-- Tokens. What is kept of one is a digest.
CREATE TABLE partner_token (
    id        BIGINT PRIMARY KEY NOT NULL,
    partner   TEXT NOT NULL,
    digest    BLOB NOT NULL,
    feeds     TEXT NOT NULL,            -- paths, JSON; none: every partner feed
    created   BIGINT NOT NULL,
    expires   BIGINT,
    revoked   BIGINT,
    requests  BIGINT NOT NULL,
    last_used BIGINT
);

INSERT INTO counter (name, value) VALUES ('partner_token', 0);
