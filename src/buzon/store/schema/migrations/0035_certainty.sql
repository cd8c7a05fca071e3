-- "certainty" is "confidence" without its categories, a tenth of the rows: rollups hold it added up, for
-- the dashboard reads it for two periods, and writers need not write it.
CREATE OR REPLACE VIEW counted AS
    SELECT figure, day, mailbox, keys, n, total FROM rollups
    UNION ALL
    SELECT figure, day, mailbox, keys, n, total FROM rollup_changes
    UNION ALL
    SELECT 'certainty', day, mailbox, keys[:1], n, total FROM rollup_changes
    WHERE figure = 'confidence';

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
$$;

INSERT INTO rollups
SELECT 'certainty', day, mailbox, keys[:1], sum(n), sum(total) FROM rollups
WHERE figure = 'confidence' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
