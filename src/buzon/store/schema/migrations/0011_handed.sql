-- A reply in an external sender's hands comes back: reported, or handed out again.
-- In the state handed, due_at is when it is no longer in those hands. What was handed out before this
-- was noted is left as it is: nobody can say any more whether it was sent.

ALTER TABLE outbox ADD COLUMN handed_at timestamptz;

COMMENT ON COLUMN outbox.handed_at IS 'When it was last given to an external sender.';

CREATE INDEX outbox_handed ON outbox (due_at) WHERE status = 'handed' AND handed_at IS NOT NULL;

CREATE TABLE idempotency_keys (
    token     text NOT NULL,           -- the name of the token that the key came with
    key       text NOT NULL,
    digest    bytea NOT NULL,          -- SHA-256 of the mail that it stands for
    event_id  bigint NOT NULL REFERENCES events ON DELETE CASCADE,
    duplicate boolean NOT NULL,        -- what the first answer said
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (token, key)
);

CREATE INDEX idempotency_keys_at ON idempotency_keys (at);
CREATE INDEX idempotency_keys_event_id ON idempotency_keys (event_id);

COMMENT ON TABLE idempotency_keys IS 'Which mail each Idempotency-Key of the last day stands for.';
