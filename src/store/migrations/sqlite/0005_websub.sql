-- Who is told of changes (WebSub), and who tells us.

-- A feed as others follow it: all of its formats change together.
CREATE TABLE topic (
    feed    BIGINT PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,    -- one more with each change that is told of
    due     BIGINT NOT NULL,    -- from when on the last change is told of
    staged  BIGINT NOT NULL     -- decided and not published yet: 0 nothing, 1 an edit, 2 news
);

-- Subscriptions at our hub.
CREATE TABLE subscription (
    id          BIGINT PRIMARY KEY NOT NULL,
    topic       TEXT NOT NULL, -- the address as the subscriber wrote it
    callback    TEXT NOT NULL,
    host        TEXT NOT NULL, -- of the callback
    feed        BIGINT NOT NULL,
    format      TEXT NOT NULL,
    secret      TEXT,
    expires     BIGINT NOT NULL,
    sent        BIGINT NOT NULL,    -- version of the topic that it has
    next_due    BIGINT NOT NULL,    -- not to be sent to before
    failures    BIGINT NOT NULL,    -- in a row
    failing     BIGINT,             -- since when
    tried       BIGINT NOT NULL,    -- version that fails
    said        TEXT NOT NULL,     -- what came of the last delivery
    said_at     BIGINT,
    lease       TEXT,              -- who sends to it now
    lease_until BIGINT,
    UNIQUE (topic, callback)
);
CREATE INDEX subscription_behind ON subscription (feed, sent);
CREATE INDEX subscription_host ON subscription (host);

-- What outside hubs were told of.
CREATE TABLE ping (
    hub      TEXT NOT NULL,
    feed     BIGINT NOT NULL,
    told     BIGINT NOT NULL,       -- version
    next_due BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing  BIGINT,
    said     TEXT NOT NULL,
    PRIMARY KEY (hub, feed)
);

-- Addresses of ours at which hubs tell of sources.
CREATE TABLE callback (
    token  TEXT PRIMARY KEY NOT NULL,
    source TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL           -- the hub, the topic, the secret, how it stands: JSON
);

INSERT INTO counter (name, value) VALUES ('subscription', 0);
