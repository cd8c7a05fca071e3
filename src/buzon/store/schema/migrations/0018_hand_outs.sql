-- A reply in an external sender's hands counts as sent once that has reported it, and waits until then.

LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE;

DROP FUNCTION answer_figures(timestamptz, text, timestamptz, text);

CREATE FUNCTION answer_figures(
    received_at timestamptz, status text, handed_at timestamptz, sent_at timestamptz, timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, (received_at AT TIME ZONE timezone)::date, ARRAY[f.key], f.total
    FROM (SELECT greatest(extract(epoch FROM sent_at - received_at), 0.25) AS seconds) AS took,
    LATERAL (VALUES
        ('answers', CASE WHEN status IN ('queued', 'sending', 'held')
                           OR status = 'handed' AND handed_at IS NOT NULL THEN 'waiting'
                         WHEN status = 'handed' THEN 'sent'
                         ELSE status END, 0),
        (CASE WHEN status IN ('sent', 'handed') AND sent_at IS NOT NULL THEN 'reply times' END,
         floor(4 * log(2, took.seconds))::text, round(took.seconds * 1000)::bigint)
    ) AS f (figure, key, total)
    WHERE f.figure IS NOT NULL
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

CREATE OR REPLACE FUNCTION recount() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE events, outbox, audits IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM rollup_changes;
    DELETE FROM rollups;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), sum(f.total)
    FROM events e CROSS JOIN statistics_clock c,
    LATERAL mail_figures(e.received_at, e.source, e.sender, e.language, present_name(e.category), e.confidence,
                         e.needs_review, present_name(e.true_label), e.labelled_at,
                         c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), sum(f.total)
    FROM outbox o JOIN events e ON e.id = o.event_id CROSS JOIN statistics_clock c,
    LATERAL answer_figures(e.received_at, o.status, o.handed_at, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), 0
    FROM audits a JOIN events e ON e.id = a.event_id CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                          a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
$$;

-- Only what is in those hands was counted otherwise.
INSERT INTO rollup_changes
SELECT 'answers', (e.received_at AT TIME ZONE c.timezone)::date, e.mailbox, ARRAY[f.key], sum(f.n), 0
FROM outbox o JOIN events e ON e.id = o.event_id CROSS JOIN statistics_clock c,
LATERAL (VALUES ('sent', -1), ('waiting', 1)) AS f (key, n)
WHERE o.status = 'handed' AND o.handed_at IS NOT NULL
GROUP BY 2, 3, 4;
