-- What passes published, as webhooks are told of it, and how far each webhook is.

CREATE TABLE bulletin (
    number   BIGINT PRIMARY KEY NOT NULL,
    at       BIGINT NOT NULL,    -- the instant of the pass
    released BIGINT NOT NULL,    -- 0 while its files are on their way
    feeds    TEXT NOT NULL,      -- the stories that came, changed and went: JSON
    files    TEXT NOT NULL       -- the files that changed and went: JSON
);

CREATE TABLE webhook (
    name     TEXT PRIMARY KEY NOT NULL,
    sent     BIGINT NOT NULL,    -- number of the last bulletin that it has
    next_due BIGINT NOT NULL,    -- not to be sent to before
    failures BIGINT NOT NULL,    -- in a row
    missed   BIGINT NOT NULL,    -- bulletins that were given up
    said     TEXT NOT NULL,      -- its last answer
    said_at  BIGINT,
    lease    TEXT                -- who sends to it now, until next_due
);
