-- Subscribers that fail, by when they are tried again: those that don't are not read for it.
CREATE INDEX subscription_failing ON subscription (next_due) WHERE failures > 0;
