-- What Metabase shows and corrects: views, the role buzon_bi, and who may say who labelled.

ALTER TABLE corrections ADD COLUMN source text NOT NULL DEFAULT 'buzon'
    CHECK (source IN ('buzon', 'metabase', 'sql'));

-- Page, API, Metabase and psql all set events.true_label; that this is noted can be left to none of
-- them. It runs with its owner's rights, so that a role that may set labels needs no others. Who may
-- not write corrections himself is noted under his own name, whatever name he sets.
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

-- What a mail counts in. The category shown is what a person called it, else what the model did.
CREATE OR REPLACE FUNCTION mail_figures(
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
        ('confidence', m.at::date, ARRAY[least(floor(confidence * 20), 19)::text, category],
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

DROP VIEW v_confidence_daily;

CREATE VIEW v_confidence_daily AS
    SELECT day, mailbox, keys[2] AS category, keys[1]::int / 20.0 AS at_least, sum(n)::bigint AS mails,
           sum(total) / 1000000.0 AS confidence
    FROM counted WHERE figure = 'confidence' GROUP BY 1, 2, keys HAVING sum(n) <> 0;

COMMENT ON VIEW v_confidence_daily IS
    'Mails by the category that the model said and how sure it was, in steps of 0.05; confidence is their sum: the mean is sum(confidence) / sum(mails).';

DO $$ BEGIN PERFORM recount(); END $$;

-- One mail a row, without what it says.
CREATE VIEW v_mails AS
    SELECT id, received_at, mailbox, sender, sender_name, subject, language,
           coalesce(true_label, category) AS category, category AS predicted, confidence, true_label,
           needs_review AND true_label IS NULL AS waiting, answered
    FROM events;

COMMENT ON VIEW v_mails IS
    'The mails without their texts. category: what a person called it, else what the model did; waiting: for a person to look at.';

CREATE VIEW v_categories AS
    SELECT name, titles ->> 'es' AS title_es, titles ->> 'en' AS title_en, answered, colour, position
    FROM categories WHERE retired_at IS NULL;

COMMENT ON VIEW v_categories IS 'What a mail can be called now.';

-- ------------------------------------------------------------------------ whom others may look and correct as

-- `buzon migrate` calls it too: a role is the server's, and may come after the tables. A migration
-- that adds a view replaces it.
CREATE FUNCTION open_to_bi() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'buzon_bi') THEN
        BEGIN
            CREATE ROLE buzon_bi;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- made for another database of this server in this moment
        END;
    END IF;
    GRANT SELECT ON v_categories_daily, v_confidence_daily, v_corrections, v_model_accuracy,
                    v_reply_times, v_mails, v_categories TO buzon_bi;
    GRANT SELECT (id, true_label), UPDATE (true_label) ON events TO buzon_bi;
END;
$$;

DO $$ BEGIN
    PERFORM open_to_bi();
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'The role buzon_bi was not made: only a role with CREATEROLE may.';
END $$;

-- A role that may make temporary tables must not put them in the place of ours: functions that run
-- with their owner's rights look there last. Those made later keep the order of their migration.
DO $$
DECLARE
    each regprocedure;
BEGIN
    FOR each IN SELECT oid FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', each, current_schema());
    END LOOP;
END $$;
