-- Categories get other names in small steps: a category with millions of mails is renamed by a worker,
-- while mails come in and people go on working.

CREATE TABLE renamings (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL REFERENCES categories,
    becomes     text NOT NULL REFERENCES categories,
    by          text NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    done_until  bigint NOT NULL DEFAULT 0,  -- the mails up to this number have the new name
    last        bigint NOT NULL,            -- and from this number on none ever had the old one
    finished_at timestamptz
);

CREATE UNIQUE INDEX renamings_one_at_a_time ON renamings (name) WHERE finished_at IS NULL;

COMMENT ON TABLE renamings IS 'Categories that get another name, and how far their mails are.';

-- What a category is called now. Every reader of mails goes by it, so that both names count as one
-- from the moment on in which somebody renames a category.
CREATE FUNCTION present_name(text) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT coalesce((SELECT becomes FROM categories WHERE name = $1), $1);
$$;

-- A model, or a process, may still know the old name. Who renames a category waits until whoever is
-- writing has done so (store/renamings.py takes the same lock), and then no mail gets the old name.
CREATE FUNCTION take_present_name() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5132609);
    NEW.category := present_name(NEW.category);
    RETURN NEW;
END;
$$;

CREATE TRIGGER events_take_present_name BEFORE INSERT OR UPDATE OF category ON events
    FOR EACH ROW EXECUTE FUNCTION take_present_name();

CREATE OR REPLACE FUNCTION note_label() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    role    text := coalesce(nullif(current_setting('role', true), 'none'), session_user);
    trusted boolean := has_table_privilege(role, 'corrections', 'INSERT');
    told    text := CASE WHEN trusted THEN nullif(current_setting('buzon.who', true), '') END;
    act     text := CASE WHEN trusted THEN nullif(current_setting('buzon.act', true), '') END;
    anew    boolean := NOT trusted OR current_setting('buzon.renaming', true) IS DISTINCT FROM 'yes';
    who     text := coalesce(told, role);
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5132609);
    IF NOT EXISTS (SELECT FROM categories WHERE name = NEW.true_label AND retired_at IS NULL)
       AND NEW.true_label IS NOT NULL THEN
        RAISE EXCEPTION 'There is no category "%". There are: %.', NEW.true_label,
            (SELECT string_agg(name, ', ' ORDER BY created_at, name) FROM categories
             WHERE retired_at IS NULL)
            USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO corrections (event_id, by, was, becomes, predicted, model_version, was_to_review, act,
                             source)
    VALUES (OLD.id, who, OLD.true_label, NEW.true_label, OLD.category, OLD.model_version,
            OLD.needs_review, act::bigint,
            CASE WHEN told IS NOT NULL THEN 'buzon'
                 WHEN current_setting('application_name') LIKE 'Metabase%' THEN 'metabase'
                 ELSE 'sql' END);
    IF NEW.true_label IS NULL THEN
        -- Taken back: it waits for a person again if it did before it was first labelled, or if
        -- the lot has fallen on it since.
        NEW.needs_review := coalesce((SELECT was_to_review FROM corrections
                                      WHERE event_id = OLD.id AND was IS NULL
                                      ORDER BY id DESC LIMIT 1), true)
                            OR EXISTS (SELECT FROM audits WHERE event_id = OLD.id);
        NEW.labelled_at := NULL;
        NEW.labelled_by := NULL;
    ELSIF anew THEN
        NEW.needs_review := false;
        NEW.labelled_at := now();
        NEW.labelled_by := who;
    END IF;
    RETURN NEW;
END;
$$;

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
    -- A mail that comes is not drawn yet, and of one that goes the audit has gone before.
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO rollup_changes
        SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int, 0
        FROM changed e JOIN audits a ON a.event_id = e.id CROSS JOIN statistics_clock c,
        LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                              a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
        GROUP BY 1, 2, 3, 4;
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION count_audits() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO rollup_changes
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*) * TG_ARGV[0]::int, 0
    FROM changed a JOIN events e ON e.id = a.event_id CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                          a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
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
    LATERAL answer_figures(e.received_at, o.status, o.sent_at, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
    INSERT INTO rollups
    SELECT f.figure, f.day, e.mailbox, f.keys, count(*), 0
    FROM audits a JOIN events e ON e.id = a.event_id CROSS JOIN statistics_clock c,
    LATERAL audit_figures(e.received_at, present_name(e.true_label), present_name(a.category),
                          a.model_version, a.confidence, a.threshold, a.probability, c.timezone) f
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3;
$$;

-- Why a training came out as it did, to be said in the reader's language.
ALTER TABLE trainings ADD COLUMN reason jsonb;

-- Others who look on see the names that hold now, as we do; they may not call present_name.
CREATE OR REPLACE VIEW v_mails AS
    SELECT id, received_at, mailbox, sender, sender_name, subject, language,
           coalesce(called.becomes, true_label, category) AS category,
           coalesce(said.becomes, category) AS predicted, confidence,
           coalesce(CASE WHEN true_label IS NOT NULL THEN called.becomes END, true_label) AS true_label,
           needs_review AND true_label IS NULL AS waiting, events.answered
    FROM events
    LEFT JOIN categories AS called ON called.name = coalesce(true_label, category)
    LEFT JOIN categories AS said ON said.name = category;
