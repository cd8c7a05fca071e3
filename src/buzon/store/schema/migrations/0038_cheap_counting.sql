-- What is counted and looked up while mails are written, in a third of the time.

-- A model, or a process, may still know the old name. Who renames a category waits until whoever is
-- writing has done so (store/renamings.py takes the same lock), and then no mail gets the old name.
-- What was renamed is looked up once a statement: for each mail that takes as long as its indexes.
CREATE OR REPLACE FUNCTION hold_names() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5132609);
    PERFORM set_config('buzon.old_names', coalesce(array_agg(name), '{}')::text, true)
    FROM categories WHERE becomes IS NOT NULL;
    RETURN NULL;
END;
$$;

CREATE TRIGGER events_hold_names BEFORE INSERT OR UPDATE OF category ON events
    FOR EACH STATEMENT EXECUTE FUNCTION hold_names();

CREATE OR REPLACE FUNCTION take_present_name() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    NEW.category := present_name(NEW.category);
    RETURN NEW;
END;
$$;

DROP TRIGGER events_take_present_name ON events;

CREATE TRIGGER events_take_present_name BEFORE INSERT OR UPDATE OF category ON events
    FOR EACH ROW WHEN (NEW.category = ANY (current_setting('buzon.old_names')::text[]))
    EXECUTE FUNCTION take_present_name();

-- What a mail counts in. The category shown is what a person called it, else what the model did.
-- OFFSET 0: what is asked for is worked out once, not once for each figure. UNION ALL: PostgreSQL
-- prepares VALUES anew for each mail, which takes most of the time.
CREATE OR REPLACE FUNCTION mail_figures(
    received_at timestamptz, source text, sender text, language text, category text,
    confidence double precision, needs_review boolean, true_label text, labelled_at timestamptz,
    timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, f.day, f.keys, f.total
    FROM (
        SELECT at::date AS day, date_trunc('month', at)::date AS month,
               extract(hour FROM at)::text AS hour, lower(sender) AS writer, predicted, label,
               coalesce(label, predicted) AS shown
        FROM (SELECT received_at AT TIME ZONE timezone AS at, category AS predicted,
                     true_label AS label OFFSET 0) AS asked
        OFFSET 0
    ) AS m,
    LATERAL (
        SELECT 'mails', m.day, ARRAY[m.shown], 0::bigint
        UNION ALL SELECT 'languages', m.day, ARRAY[language], 0
        UNION ALL SELECT 'hours', m.day, ARRAY[m.hour], 0
        UNION ALL SELECT 'categories by hour', m.day, ARRAY[m.shown, m.hour], 0
        UNION ALL SELECT 'confidence', m.day,
                         ARRAY[least(floor(confidence * 20), 19)::text, m.predicted],
                         round(confidence * 1000000)::bigint
        UNION ALL SELECT 'senders', m.day, ARRAY[m.writer], 0
        UNION ALL SELECT 'senders by month', m.month, ARRAY[m.writer], 0
        UNION ALL SELECT 'sources', m.day, ARRAY[source], 0
        UNION ALL SELECT 'waiting', m.day, '{}', 0 WHERE needs_review AND m.label IS NULL
        UNION ALL SELECT 'labels', (labelled_at AT TIME ZONE timezone)::date,
                         ARRAY[m.predicted, m.label], 0
                  WHERE m.label IS NOT NULL
    ) AS f (figure, day, keys, total)
$$;

-- An answer counts on the day of its mail. In an external sender's hands it waits until that has
-- reported it; what was handed out before this was noted is taken as sent. How long it took falls into buckets a quarter of a
-- doubling wide: the one numbered k begins at 2 ^ (k / 4) seconds. As numeric the logarithm takes as
-- long as all the rest.
CREATE OR REPLACE FUNCTION answer_figures(
    received_at timestamptz, status text, handed_at timestamptz, sent_at timestamptz, timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, (received_at AT TIME ZONE timezone)::date, ARRAY[f.key], f.total
    FROM (
        SELECT 'answers',
               CASE WHEN status IN ('queued', 'sending', 'held')
                      OR status = 'handed' AND handed_at IS NOT NULL THEN 'waiting'
                    WHEN status = 'handed' THEN 'sent'
                    ELSE status END,
               0::bigint
        UNION ALL
        SELECT 'reply times', floor(4 * ln(seconds::float8) / ln(2::float8))::text,
               round(seconds * 1000)::bigint
        FROM (SELECT greatest(extract(epoch FROM sent_at - received_at), 0.25)) AS took (seconds)
        WHERE status IN ('sent', 'handed') AND sent_at IS NOT NULL
    ) AS f (figure, key, total)
$$;

-- Each trigger says whether the rows it sees come (1) or go (-1). It runs with its owner's rights,
-- as note_label does. A mail that comes is not drawn yet, and of one that goes the audit has gone
-- before.
CREATE OR REPLACE FUNCTION count_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int,
           sum(f.total) * TG_ARGV[0]::int
    FROM changed e CROSS JOIN statistics_clock c,
    LATERAL mail_figures(e.received_at, e.source, e.sender, e.language, present_name(e.category), e.confidence,
                         e.needs_review, present_name(e.true_label), e.labelled_at,
                         c.timezone) f
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;

-- Of what changes, the mail as it was goes and the mail as it is comes. What counts as before is not
-- written.
CREATE OR REPLACE FUNCTION count_changed_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, sum(e.sign), sum(e.sign * f.total)
    FROM (SELECT -1 AS sign, * FROM was UNION ALL SELECT 1, * FROM is_now) e
    CROSS JOIN statistics_clock c,
    LATERAL mail_figures(e.received_at, e.source, e.sender, e.language, present_name(e.category), e.confidence,
                         e.needs_review, present_name(e.true_label), e.labelled_at,
                         c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign) <> 0 OR sum(e.sign * f.total) <> 0;
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, sum(e.sign), 0
    FROM (SELECT -1 AS sign, * FROM was UNION ALL SELECT 1, * FROM is_now) e
    JOIN audits a ON a.event_id = e.id CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                          a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign) <> 0;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION count_answers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int,
           sum(f.total) * TG_ARGV[0]::int
    FROM changed o JOIN events e ON e.id = o.event_id CROSS JOIN statistics_clock c,
    LATERAL answer_figures(e.received_at, o.status, o.handed_at, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION count_changed_answers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, sum(o.sign), sum(o.sign * f.total)
    FROM (SELECT -1 AS sign, * FROM was UNION ALL SELECT 1, * FROM is_now) o
    JOIN events e ON e.id = o.event_id CROSS JOIN statistics_clock c,
    LATERAL answer_figures(e.received_at, o.status, o.handed_at, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(o.sign) <> 0 OR sum(o.sign * f.total) <> 0;
    RETURN NULL;
END;
$$;

DROP TRIGGER events_count_before ON events;
DROP TRIGGER events_count_changed ON events;
CREATE TRIGGER events_count_changed AFTER UPDATE ON events
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION count_changed_mails();

DROP TRIGGER outbox_count_before ON outbox;
DROP TRIGGER outbox_count_changed ON outbox;
CREATE TRIGGER outbox_count_changed AFTER UPDATE ON outbox
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION count_changed_answers();
