-- Answers: one's own templates with their versions, categories that are not answered, quiet hours.

CREATE TABLE answer_templates (
    category text NOT NULL,            -- or "neutral"
    language text NOT NULL,
    version  integer NOT NULL CHECK (version > 0),
    subject  text NOT NULL,            -- '': the customer's own
    text     text,                     -- null: from here on what comes with Buzón
    restores integer,                  -- the version that was brought back; 0: what comes with Buzón
    made_by  text NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (category, language, version)
);

COMMENT ON TABLE answer_templates IS 'Every version of one''s own answers; the last one of a category in a language is at work.';

CREATE TRIGGER answer_templates_tell AFTER INSERT ON answer_templates
    FOR EACH STATEMENT EXECUTE FUNCTION tell_promise();

CREATE TABLE quiet_times (
    weekday smallint UNIQUE CHECK (weekday BETWEEN 0 AND 6),  -- Monday is 0; null: a single day
    day     date UNIQUE,
    begins  time NOT NULL,
    ends    time NOT NULL,             -- not later than begins: before the one, after the other
    CHECK (num_nonnulls(weekday, day) = 1)
);

COMMENT ON TABLE quiet_times IS 'When answers wait, in the company''s time zone.';

CREATE TRIGGER quiet_times_tell AFTER INSERT OR UPDATE OR DELETE ON quiet_times
    FOR EACH STATEMENT EXECUTE FUNCTION tell_promise();

CREATE TABLE test_mails (
    user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX test_mails_user_id ON test_mails (user_id, at);

COMMENT ON TABLE test_mails IS 'Who sent an answer to himself within the hour, to try it.';

ALTER TABLE categories ADD COLUMN answered boolean NOT NULL DEFAULT true;
UPDATE categories SET answered = false WHERE name = 'otro';
ALTER TABLE categories ADD CONSTRAINT categories_otro_is_never_answered
    CHECK (name <> 'otro' OR NOT answered);

ALTER TABLE outbox ADD COLUMN template_version integer;
ALTER TABLE outbox ADD COLUMN quiet_until timestamptz;

CREATE INDEX outbox_held_too_long ON outbox (created_at)
    WHERE status = 'failed' AND released_at IS NULL;
CREATE INDEX events_held_back ON events (stored_at)
    WHERE (signs -> 0 ->> 0) IN ('sender-hour', 'sender-day', 'same-subject');
