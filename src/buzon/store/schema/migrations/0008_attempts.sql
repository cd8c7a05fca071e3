-- Each attempt to hand an answer to the SMTP server, and what people look through: conversations in
-- the order of time, and what of the outbox was not sent.

CREATE TABLE delivery_attempts (
    reply_id bigint NOT NULL REFERENCES outbox ON DELETE CASCADE,
    number   integer NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    status   text NOT NULL CHECK (status IN ('sent', 'failed', 'retry')),
    detail   text NOT NULL,            -- the server's words
    PRIMARY KEY (reply_id, number)
);

COMMENT ON TABLE delivery_attempts IS 'What the SMTP server said to each attempt to send an answer.';

DROP INDEX events_thread_id;
CREATE INDEX events_thread_id ON events (thread_id, received_at, id);

CREATE INDEX outbox_not_sent ON outbox (status, id) WHERE status <> 'sent';
