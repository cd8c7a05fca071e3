-- The dashboard's figures: counted by day and mailbox while mails are written, so that a figure of a
-- period costs what the period has days, however many mails there are.

-- What "a day" is: that of the company. Whoever changes it has all counted anew.
CREATE TABLE statistics_clock (timezone text NOT NULL);

CREATE UNIQUE INDEX statistics_clock_only_one ON statistics_clock ((true));

INSERT INTO statistics_clock (timezone) VALUES ('Europe/Madrid');

CREATE TABLE rollups (
    figure  text NOT NULL,
    day     date NOT NULL,
    mailbox text NOT NULL,
    keys    text[] NOT NULL,           -- what else the figure is told by
    n       bigint NOT NULL,
    total   bigint NOT NULL,           -- the sum of what is measured, where something is
    PRIMARY KEY (figure, day, mailbox, keys)
);

-- Who wrote most in a month, for the senders are nearly as many as the mails.
CREATE INDEX rollups_frequent_senders ON rollups (day, n) WHERE figure = 'senders by month';

COMMENT ON TABLE rollups IS 'Counts of mails by day, up to what waits in rollup_changes. Views begin with v_.';

-- Writers only ever add rows here: two that count the same day never wait for each other.
CREATE TABLE rollup_changes (
    figure  text NOT NULL,
    day     date NOT NULL,
    mailbox text NOT NULL,
    keys    text[] NOT NULL,
    n       bigint NOT NULL,
    total   bigint NOT NULL
);

COMMENT ON TABLE rollup_changes IS 'What is to be added to rollups; a job does so every ten seconds.';

CREATE VIEW counted AS
    SELECT figure, day, mailbox, keys, n, total FROM rollups
    UNION ALL
    SELECT figure, day, mailbox, keys, n, total FROM rollup_changes;

COMMENT ON VIEW counted IS 'All rollups as of now. There may be several rows for a key: sum them.';

-- What a mail counts in. The category shown is what a person called it, else what the model did.
CREATE FUNCTION mail_figures(
    received_at timestamptz, source text, sender text, language text, category text,
    confidence double precision, needs_review boolean, true_label text, labelled_at timestamptz,
    timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, f.day, f.keys, f.total
    FROM (SELECT received_at AT TIME ZONE timezone AS at, coalesce(true_label, category) AS shown) AS m,
    LATERAL (VALUES
        ('mails', m.at::date, ARRAY[m.shown], 0),
        ('languages', m.at::date, ARRAY[language], 0),
        ('hours', m.at::date, ARRAY[extract(hour FROM m.at)::text], 0),
        ('categories by hour', m.at::date, ARRAY[m.shown, extract(hour FROM m.at)::text], 0),
        ('confidence', m.at::date, ARRAY[least(floor(confidence * 20), 19)::text],
         round(confidence * 1000000)::bigint),
        ('senders', m.at::date, ARRAY[lower(sender)], 0),
        ('senders by month', date_trunc('month', m.at)::date, ARRAY[lower(sender)], 0),
        ('sources', m.at::date, ARRAY[source], 0),
        (CASE WHEN needs_review AND true_label IS NULL THEN 'waiting' END, m.at::date, '{}', 0),
        (CASE WHEN true_label IS NOT NULL THEN 'labels' END,
         (labelled_at AT TIME ZONE timezone)::date, ARRAY[category, true_label], 0)
    ) AS f (figure, day, keys, total)
    WHERE f.figure IS NOT NULL
$$;

-- An answer counts on the day of its mail. How long it took falls into buckets a quarter of a
-- doubling wide: the one numbered k begins at 2 ^ (k / 4) seconds.
CREATE FUNCTION answer_figures(
    received_at timestamptz, status text, sent_at timestamptz, timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, (received_at AT TIME ZONE timezone)::date, ARRAY[f.key], f.total
    FROM (SELECT greatest(extract(epoch FROM sent_at - received_at), 0.25) AS seconds) AS took,
    LATERAL (VALUES
        ('answers', CASE WHEN status IN ('queued', 'sending', 'held') THEN 'waiting'
                         WHEN status = 'handed' THEN 'sent'
                         ELSE status END, 0),
        (CASE WHEN status IN ('sent', 'handed') AND sent_at IS NOT NULL THEN 'reply times' END,
         floor(4 * log(2, took.seconds))::text, round(took.seconds * 1000)::bigint)
    ) AS f (figure, key, total)
    WHERE f.figure IS NOT NULL
$$;

-- A mail that chance drew counts once a person has said what it is.
CREATE FUNCTION audit_figures(
    received_at timestamptz, true_label text, category text, model_version text,
    confidence double precision, threshold double precision, probability double precision,
    timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT 'audits', (received_at AT TIME ZONE timezone)::date,
           ARRAY[category, model_version, (confidence >= threshold)::text,
                 (category = true_label)::text, probability::text],
           0::bigint
    WHERE true_label IS NOT NULL
$$;

-- Each trigger says whether the rows it sees come (1) or go (-1). It runs with its owner's rights,
-- as note_label does.
CREATE FUNCTION count_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int,
           sum(f.total) * TG_ARGV[0]::int
    FROM changed e CROSS JOIN statistics_clock c,
    LATERAL mail_figures(e.received_at, e.source, e.sender, e.language, e.category, e.confidence,
                         e.needs_review, e.true_label, e.labelled_at, c.timezone) f
    GROUP BY 1, 2, 3, 4;
    -- A mail that comes is not drawn yet, and of one that goes the audit has gone before.
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO rollup_changes
        SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int, 0
        FROM changed e JOIN audits a ON a.event_id = e.id CROSS JOIN statistics_clock c,
        LATERAL audit_figures(e.received_at, e.true_label, a.category, a.model_version, a.confidence,
                              a.threshold, a.probability, c.timezone) f
        GROUP BY 1, 2, 3, 4;
    END IF;
    RETURN NULL;
END;
$$;

CREATE FUNCTION count_answers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int,
           sum(f.total) * TG_ARGV[0]::int
    FROM changed o JOIN events e ON e.id = o.event_id CROSS JOIN statistics_clock c,
    LATERAL answer_figures(e.received_at, o.status, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;

CREATE FUNCTION count_audits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int, 0
    FROM changed a JOIN events e ON e.id = a.event_id CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, e.true_label, a.category, a.model_version, a.confidence,
                          a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;

-- What belongs to a mail that is deleted goes before it, as long as its day can still be told.
CREATE FUNCTION delete_what_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM outbox WHERE event_id = OLD.id;
    DELETE FROM audits WHERE event_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE TRIGGER events_delete_what_counts BEFORE DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION delete_what_counts();

CREATE TRIGGER events_count_new AFTER INSERT ON events REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_mails('1');
CREATE TRIGGER events_count_before AFTER UPDATE ON events REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_mails('-1');
CREATE TRIGGER events_count_changed AFTER UPDATE ON events REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_mails('1');
CREATE TRIGGER events_count_gone AFTER DELETE ON events REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_mails('-1');

CREATE TRIGGER outbox_count_new AFTER INSERT ON outbox REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_answers('1');
CREATE TRIGGER outbox_count_before AFTER UPDATE ON outbox REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_answers('-1');
CREATE TRIGGER outbox_count_changed AFTER UPDATE ON outbox REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_answers('1');
CREATE TRIGGER outbox_count_gone AFTER DELETE ON outbox REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_answers('-1');

CREATE TRIGGER audits_count_new AFTER INSERT ON audits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_audits('1');
CREATE TRIGGER audits_count_before AFTER UPDATE ON audits REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_audits('-1');
CREATE TRIGGER audits_count_changed AFTER UPDATE ON audits REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_audits('1');
CREATE TRIGGER audits_count_gone AFTER DELETE ON audits REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_audits('-1');

CREATE FUNCTION recount() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE events, outbox, audits IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM rollup_changes;
    DELETE FROM rollups;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), sum(f.total)
    FROM events e CROSS JOIN statistics_clock c,
    LATERAL mail_figures(e.received_at, e.source, e.sender, e.language, e.category, e.confidence,
                         e.needs_review, e.true_label, e.labelled_at, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), sum(f.total)
    FROM outbox o JOIN events e ON e.id = o.event_id CROSS JOIN statistics_clock c,
    LATERAL answer_figures(e.received_at, o.status, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), 0
    FROM audits a JOIN events e ON e.id = a.event_id CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, e.true_label, a.category, a.model_version, a.confidence,
                          a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
$$;

DO $$ BEGIN PERFORM recount(); END $$;

-- For dashboards. A day is the company's; imported mails count, on the day on which they arrived.
CREATE VIEW v_categories_daily AS
    SELECT day, mailbox, keys[1] AS category, sum(n)::bigint AS mails
    FROM counted WHERE figure = 'mails' GROUP BY 1, 2, keys HAVING sum(n) <> 0;

COMMENT ON VIEW v_categories_daily IS
    'Mails by category: what a person called it, else what the model did.';

CREATE VIEW v_confidence_daily AS
    SELECT day, mailbox, keys[1]::int / 20.0 AS at_least, sum(n)::bigint AS mails,
           sum(total) / 1000000.0 AS confidence
    FROM counted WHERE figure = 'confidence' GROUP BY 1, 2, keys HAVING sum(n) <> 0;

COMMENT ON VIEW v_confidence_daily IS
    'Mails by how sure the model was of its category, in steps of 0.05; confidence is their sum: the mean is sum(confidence) / sum(mails).';

CREATE VIEW v_corrections AS
    SELECT day, mailbox, keys[1] AS predicted, keys[2] AS label, sum(n)::bigint AS mails
    FROM counted WHERE figure = 'labels' GROUP BY 1, 2, keys HAVING sum(n) <> 0;

COMMENT ON VIEW v_corrections IS
    'Labels that stand, on the day on which they were set: what the model had said, and what a person says. Where both are the same the model was confirmed.';

CREATE VIEW v_model_accuracy AS
    SELECT day, mailbox, keys[1] AS category, keys[2] AS model_version, keys[3]::boolean AS alone,
           keys[4]::boolean AS is_right, keys[5]::double precision AS probability,
           sum(n)::bigint AS mails
    FROM counted WHERE figure = 'audits' GROUP BY 1, 2, keys HAVING sum(n) <> 0;

COMMENT ON VIEW v_model_accuracy IS
    'Mails that chance drew and a person checked; alone: handled without a person. A mail drawn with a probability stands for 1 / probability: the accuracy is sum(mails / probability) FILTER (WHERE is_right) / sum(mails / probability).';

CREATE VIEW v_reply_times AS
    SELECT day, mailbox, 2 ^ (keys[1]::float8 / 4) AS at_least,
           2 ^ ((keys[1]::float8 + 1) / 4) AS below, sum(n)::bigint AS replies,
           sum(total) / 1000.0 AS seconds
    FROM counted WHERE figure = 'reply times' GROUP BY 1, 2, keys HAVING sum(n) <> 0;

COMMENT ON VIEW v_reply_times IS
    'Answers sent, by the seconds from the mail''s arrival on, at_least … below; seconds is their sum. The first bucket holds all that took less.';
