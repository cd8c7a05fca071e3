-- What the dashboard reads for two periods, some of it by week too: a tenth of the rows, and a fifth. Rollups
-- hold it added up; writers need not write it. "certainty" is "confidence" without its categories.
CREATE OR REPLACE VIEW counted AS
    SELECT figure, day, mailbox, keys, n, total FROM rollups
    UNION ALL
    SELECT figure, day, mailbox, keys, n, total FROM rollup_changes
    UNION ALL
    SELECT 'certainty', day, mailbox, keys[:1], n, total FROM rollup_changes
    WHERE figure = 'confidence'
    UNION ALL
    SELECT 'certainty by week', date_trunc('week', day)::date, mailbox, keys[:1], n, total
    FROM rollup_changes WHERE figure = 'confidence'
    UNION ALL
    SELECT 'reply times by week', date_trunc('week', day)::date, mailbox, keys, n, total
    FROM rollup_changes WHERE figure = 'reply times'
    UNION ALL
    SELECT 'audits by week', date_trunc('week', day)::date, mailbox, keys, n, total
    FROM rollup_changes WHERE figure = 'audits'
    UNION ALL
    SELECT 'labels by week', date_trunc('week', day)::date, mailbox, keys, n, total
    FROM rollup_changes WHERE figure = 'labels'
    UNION ALL
    SELECT 'languages by week', date_trunc('week', day)::date, mailbox, keys, n, total
    FROM rollup_changes WHERE figure = 'languages';

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
    INSERT INTO rollups
    SELECT 'certainty', day, mailbox, keys[:1], sum(n), sum(total) FROM rollups
    WHERE figure = 'confidence' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT figure || ' by week', date_trunc('week', day)::date, mailbox, keys, sum(n), sum(total)
    FROM rollups WHERE figure IN ('certainty', 'reply times', 'audits', 'labels', 'languages')
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
$$;

INSERT INTO rollups
SELECT figure || ' by week', date_trunc('week', day)::date, mailbox, keys, sum(n), sum(total)
FROM rollups WHERE figure IN ('certainty', 'reply times', 'audits', 'labels', 'languages')
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
