-- Counting in two thirds of the time: what a category is called now is joined, not asked for each mail
-- by a function, and of what changes only that is counted which is another.

-- What a mail counts in by itself. OFFSET 0: what is asked for is worked out once, not once for each
-- figure. UNION ALL: PostgreSQL prepares VALUES anew for each mail, which takes most of the time.
CREATE FUNCTION arrival_figures(
    received_at timestamptz, source text, sender text, language text, timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, f.day, f.keys, 0::bigint
    FROM (
        SELECT at::date AS day, date_trunc('month', at)::date AS month,
               extract(hour FROM at)::text AS hour, lower(sender) AS writer
        FROM (SELECT received_at AT TIME ZONE timezone AS at OFFSET 0) AS asked
        OFFSET 0
    ) AS m,
    LATERAL (
        SELECT 'languages', m.day, ARRAY[language]
        UNION ALL SELECT 'hours', m.day, ARRAY[m.hour]
        UNION ALL SELECT 'senders', m.day, ARRAY[m.writer]
        UNION ALL SELECT 'senders by month', m.month, ARRAY[m.writer]
        UNION ALL SELECT 'sources', m.day, ARRAY[source]
    ) AS f (figure, day, keys)
$$;

-- And by what is said of it. The category shown is what a person called it, else what the model did.
CREATE FUNCTION verdict_figures(
    received_at timestamptz, category text, confidence double precision, needs_review boolean,
    true_label text, labelled_at timestamptz, timezone text
) RETURNS TABLE (figure text, day date, keys text[], total bigint) LANGUAGE sql STABLE AS $$
    SELECT f.figure, f.day, f.keys, f.total
    FROM (
        SELECT at::date AS day, extract(hour FROM at)::text AS hour,
               coalesce(true_label, category) AS shown
        FROM (SELECT received_at AT TIME ZONE timezone AS at OFFSET 0) AS asked
        OFFSET 0
    ) AS m,
    LATERAL (
        SELECT 'mails', m.day, ARRAY[m.shown], 0::bigint
        UNION ALL SELECT 'categories by hour', m.day, ARRAY[m.shown, m.hour], 0
        UNION ALL SELECT 'confidence', m.day,
                         ARRAY[least(floor(confidence * 20), 19)::text, category],
                         round(confidence * 1000000)::bigint
        UNION ALL SELECT 'waiting', m.day, '{}', 0 WHERE needs_review AND true_label IS NULL
        UNION ALL SELECT 'labels', (labelled_at AT TIME ZONE timezone)::date,
                         ARRAY[category, true_label], 0
                  WHERE true_label IS NOT NULL
    ) AS f (figure, day, keys, total)
$$;

CREATE OR REPLACE FUNCTION count_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int,
           sum(f.total) * TG_ARGV[0]::int
    FROM changed e CROSS JOIN statistics_clock c
    LEFT JOIN categories p ON p.name = e.category
    LEFT JOIN categories l ON l.name = e.true_label,
    LATERAL (
        SELECT * FROM arrival_figures(e.received_at, e.source, e.sender, e.language, c.timezone)
        UNION ALL
        SELECT * FROM verdict_figures(e.received_at, coalesce(p.becomes, e.category), e.confidence,
                                      e.needs_review, coalesce(l.becomes, e.true_label),
                                      e.labelled_at, c.timezone)
    ) f
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION count_changed_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, sum(e.sign), 0
    FROM (
        (SELECT -1 AS sign, mailbox, received_at, source, sender, language FROM was
         EXCEPT ALL SELECT -1, mailbox, received_at, source, sender, language FROM is_now)
        UNION ALL
        (SELECT 1, mailbox, received_at, source, sender, language FROM is_now
         EXCEPT ALL SELECT 1, mailbox, received_at, source, sender, language FROM was)
    ) e
    CROSS JOIN statistics_clock c,
    LATERAL arrival_figures(e.received_at, e.source, e.sender, e.language, c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign) <> 0;
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, sum(e.sign), sum(e.sign * f.total)
    FROM (
        (SELECT -1 AS sign, mailbox, received_at, category, confidence, needs_review, true_label,
                labelled_at FROM was
         EXCEPT ALL SELECT -1, mailbox, received_at, category, confidence, needs_review, true_label,
                           labelled_at FROM is_now)
        UNION ALL
        (SELECT 1, mailbox, received_at, category, confidence, needs_review, true_label,
                labelled_at FROM is_now
         EXCEPT ALL SELECT 1, mailbox, received_at, category, confidence, needs_review, true_label,
                           labelled_at FROM was)
    ) e
    CROSS JOIN statistics_clock c
    LEFT JOIN categories p ON p.name = e.category
    LEFT JOIN categories l ON l.name = e.true_label,
    LATERAL verdict_figures(e.received_at, coalesce(p.becomes, e.category), e.confidence,
                            e.needs_review, coalesce(l.becomes, e.true_label), e.labelled_at,
                            c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign) <> 0 OR sum(e.sign * f.total) <> 0;
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, sum(e.sign), 0
    FROM (
        (SELECT -1 AS sign, id, mailbox, received_at, true_label FROM was
         EXCEPT ALL SELECT -1, id, mailbox, received_at, true_label FROM is_now)
        UNION ALL
        (SELECT 1, id, mailbox, received_at, true_label FROM is_now
         EXCEPT ALL SELECT 1, id, mailbox, received_at, true_label FROM was)
    ) e
    JOIN LATERAL (SELECT * FROM audits WHERE event_id = e.id OFFSET 0) a ON true
    CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                          a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(e.sign) <> 0;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION recount() RETURNS void LANGUAGE sql AS $$
    LOCK TABLE events, outbox, audits IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM rollup_changes;
    DELETE FROM rollups;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), sum(f.total)
    FROM events e CROSS JOIN statistics_clock c
    LEFT JOIN categories p ON p.name = e.category
    LEFT JOIN categories l ON l.name = e.true_label,
    LATERAL (
        SELECT * FROM arrival_figures(e.received_at, e.source, e.sender, e.language, c.timezone)
        UNION ALL
        SELECT * FROM verdict_figures(e.received_at, coalesce(p.becomes, e.category), e.confidence,
                                      e.needs_review, coalesce(l.becomes, e.true_label),
                                      e.labelled_at, c.timezone)
    ) f
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
    INSERT INTO rollups
    SELECT 'certainty', day, mailbox, keys[:1], sum(n), sum(total) FROM rollups
    WHERE figure = 'confidence' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT figure || ' by week', date_trunc('week', day)::date, mailbox, keys, sum(n), sum(total)
    FROM rollups WHERE figure IN ('certainty', 'reply times', 'audits', 'labels', 'languages')
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
$$;

DROP FUNCTION mail_figures;
