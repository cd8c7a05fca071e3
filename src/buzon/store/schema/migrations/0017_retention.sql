-- What is kept of a mail for how long, and what is left of it after that: the row, without anything
-- that tells who wrote what, so that everything that was counted stays counted.

ALTER TABLE events ADD COLUMN forgotten_at timestamptz;

CREATE INDEX events_remembered ON events (stored_at, id) WHERE forgotten_at IS NULL;

-- An address that nobody's mails count under any more must not stay among the figures.
CREATE FUNCTION drop_rollup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM rollups r
    WHERE r.figure = NEW.figure AND r.day = NEW.day AND r.mailbox = NEW.mailbox AND r.keys = NEW.keys;
    RETURN NULL;
END;
$$;

CREATE TRIGGER rollups_drop_empty AFTER UPDATE ON rollups
    FOR EACH ROW WHEN (NEW.n = 0 AND NEW.total = 0) EXECUTE FUNCTION drop_rollup();

DELETE FROM rollups WHERE n = 0 AND total = 0;
