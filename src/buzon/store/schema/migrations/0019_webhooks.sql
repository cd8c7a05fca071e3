-- Who may write no corrections himself is told of under his own name, as he is noted.

-- As whom somebody changes something. Who may write corrections himself is us, and is believed in what
-- he says in buzon.…; anybody else acts as his role, whatever he sets.
CREATE FUNCTION who_acts() RETURNS TABLE (role text, trusted boolean, told text, renaming boolean)
    LANGUAGE sql STABLE AS $$
    SELECT role, trusted, CASE WHEN trusted THEN nullif(current_setting('buzon.who', true), '') END,
           trusted AND current_setting('buzon.renaming', true) IS NOT DISTINCT FROM 'yes'
    FROM coalesce(nullif(current_setting('role', true), 'none'), session_user) AS role,
    LATERAL has_table_privilege(role, 'corrections', 'INSERT') AS trusted;
$$;

CREATE OR REPLACE FUNCTION note_label() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    acting record;
    act    text;
    who    text;
BEGIN
    SELECT * INTO acting FROM who_acts();
    act := CASE WHEN acting.trusted THEN nullif(current_setting('buzon.act', true), '') END;
    who := coalesce(acting.told, acting.role);
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
            CASE WHEN acting.told IS NOT NULL THEN 'buzon'
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
    ELSIF NOT acting.renaming THEN
        NEW.needs_review := false;
        NEW.labelled_at := now();
        NEW.labelled_by := who;
    END IF;
    RETURN NEW;
END;
$$;

CREATE OR REPLACE FUNCTION tell_of_changed_mails() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT SET timezone TO 'UTC' AS $$
DECLARE
    acting record;
BEGIN
    SELECT * INTO acting FROM who_acts();
    -- Who renames a category says nothing of its mails.
    IF is_told('event.corrected') AND NOT acting.renaming THEN
        PERFORM tell_webhooks(
            'event.corrected',
            array_agg(jsonb_build_object('event', event_as_told(e), 'correction', jsonb_build_object(
                'was', was.true_label, 'becomes', e.true_label, 'predicted', e.category,
                'by', coalesce(acting.told, acting.role)))),
            array_agg(e.id))
        FROM is_now JOIN was USING (id) JOIN events e USING (id)
        WHERE is_now.true_label IS DISTINCT FROM was.true_label;
    END IF;
    IF is_told('event.to_review') THEN
        PERFORM tell_webhooks('event.to_review', array_agg(jsonb_build_object('event', event_as_told(e))),
                              array_agg(e.id))
        FROM is_now JOIN was USING (id) JOIN events e USING (id)
        WHERE is_now.source <> 'import' AND is_now.needs_review AND is_now.true_label IS NULL
          AND NOT (was.needs_review AND was.true_label IS NULL);
    END IF;
    RETURN NULL;
END;
$$;

-- Of a mail, what a webhook is to be told; the text is added when it is sent.
CREATE FUNCTION as_much_as_told(data jsonb, content text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN content = 'ids'
                THEN data #- '{event,sender}' #- '{event,sender_name}' #- '{event,subject}'
                          #- '{reply,to}' #- '{reply,subject}'
                ELSE data END;
$$;

-- A webhook that hangs has one job that waits, not one for each thing that happens meanwhile.
CREATE OR REPLACE FUNCTION tell_webhooks(kind text, told jsonb[], events bigint[]) RETURNS void LANGUAGE sql AS $$
    WITH queued AS (
        INSERT INTO webhook_deliveries (webhook_id, kind, event_id, data)
        SELECT w.id, $1, t.event_id, as_much_as_told(t.data, w.content)
        FROM webhooks w, unnest($2, $3) AS t(data, event_id)
        WHERE w.disabled_at IS NULL AND $1 = ANY (w.kinds)
        RETURNING webhook_id
    )
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)
    SELECT DISTINCT 'webhooks', 'mail:tell', place, jsonb_build_object('webhook', webhook_id)
    FROM queued, LATERAL (VALUES ('webhook ' || webhook_id)) AS one(place)
    -- One that waits will see to these too. Should it come and go before we commit, the teller that
    -- looks every ten seconds finds them.
    WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND lock = place);
$$;

UPDATE webhook_deliveries d SET data = as_much_as_told(d.data, w.content)
FROM webhooks w WHERE w.id = d.webhook_id AND w.content = 'ids';
