-- A connection keeps the plan that suited the first rows it changed: where these were hundreds, it would
-- go through all mails for each few that come after. As a subquery (OFFSET 0) each mail is looked up.
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
    JOIN LATERAL (SELECT * FROM audits WHERE event_id = e.id OFFSET 0) a ON true
    CROSS JOIN statistics_clock c,
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
    FROM changed o
    JOIN LATERAL (SELECT mailbox, received_at FROM events WHERE id = o.event_id OFFSET 0) e ON true
    CROSS JOIN statistics_clock c,
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
    JOIN LATERAL (SELECT mailbox, received_at FROM events WHERE id = o.event_id OFFSET 0) e ON true
    CROSS JOIN statistics_clock c,
    LATERAL answer_figures(e.received_at, o.status, o.handed_at, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4 HAVING sum(o.sign) <> 0 OR sum(o.sign * f.total) <> 0;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION count_audits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int, 0
    FROM changed a
    JOIN LATERAL (SELECT mailbox, received_at, true_label FROM events WHERE id = a.event_id OFFSET 0) e
         ON true
    CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                          a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END;
$$;
