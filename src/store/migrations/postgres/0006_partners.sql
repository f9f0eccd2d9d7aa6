-- Feeds for partners, and who may read them.

-- The documents of feeds that are in no folder.
CREATE TABLE partner_document (
    file    TEXT COLLATE "C" PRIMARY KEY NOT NULL,  -- where it is served: partners/x/rss.xml
    feed    TEXT COLLATE "C" NOT NULL,
    digest  TEXT COLLATE "C" NOT NULL,
    bytes   BYTEA NOT NULL,
    changed BIGINT NOT NULL             -- when its bytes did
);

-- Tokens. What is kept of one is a digest.
CREATE TABLE partner_token (
    id        BIGINT PRIMARY KEY NOT NULL,
    partner   TEXT COLLATE "C" NOT NULL,
    digest    BYTEA NOT NULL,
    feeds     TEXT COLLATE "C" NOT NULL,            -- paths, JSON; none: every partner feed
    created   BIGINT NOT NULL,
    expires   BIGINT,
    revoked   BIGINT,
    requests  BIGINT NOT NULL,
    last_used BIGINT
);

INSERT INTO counter (name, value) VALUES ('partner_token', 0);
