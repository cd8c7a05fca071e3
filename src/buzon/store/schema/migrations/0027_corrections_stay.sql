-- Who called a mail what, and when, can't be altered later, as with what was changed of Buzón itself.

CREATE FUNCTION keep_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- With its mail goes what was said of it. Who only agreed, which changed nothing, takes that
        -- back himself.
        IF NOT EXISTS (SELECT FROM events WHERE id = OLD.event_id)
           OR (OLD.was = OLD.becomes AND OLD."by" = current_setting('buzon.who', true)) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'What was said stays noted: there is no % on the table corrections.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER corrections_keep BEFORE UPDATE OR DELETE ON corrections
    FOR EACH ROW EXECUTE FUNCTION keep_corrections();
CREATE TRIGGER corrections_keep_all BEFORE TRUNCATE ON corrections
    FOR EACH STATEMENT EXECUTE FUNCTION keep_corrections();
