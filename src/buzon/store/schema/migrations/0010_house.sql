-- The house: settings kept here, looks and order of categories, and who changed what.

ALTER TABLE categories ADD COLUMN colour text NOT NULL DEFAULT 'violet' CHECK (
    colour IN ('teal', 'orange', 'blue', 'rose', 'grey', 'violet', 'green', 'gold', 'cyan', 'brown')
);
ALTER TABLE categories ADD COLUMN position integer NOT NULL DEFAULT 100;

UPDATE categories SET colour = own.colour, position = own.position
FROM (VALUES ('pedido', 'teal', 1), ('incidencia', 'orange', 2), ('consulta', 'blue', 3),
             ('reclamacion', 'rose', 4), ('otro', 'grey', 5)) AS own (name, colour, position)
WHERE categories.name = own.name;

UPDATE categories SET position = own.position
FROM (SELECT name, 5 + row_number() OVER (ORDER BY created_at, name) AS position
      FROM categories WHERE position = 100) AS own
WHERE categories.name = own.name;

-- Whose numbers the cursor's are: another account, or another server, numbers its mails otherwise.
ALTER TABLE mailboxes ADD COLUMN host text;
ALTER TABLE mailboxes ADD COLUMN username text;

CREATE TABLE settings (
    name   text PRIMARY KEY,            -- as config.Settings calls it
    value  jsonb,
    secret text,                        -- instead of a value: encrypted, with a key that is not here
    CHECK ((value IS NULL) <> (secret IS NULL))
);

COMMENT ON TABLE settings IS 'What was set on the pages; environment, .env and buzon.toml go before it.';

CREATE TABLE inboxes (
    name     text PRIMARY KEY,          -- what its events carry in "mailbox"
    host     text NOT NULL,
    port     integer,
    security text NOT NULL CHECK (security IN ('tls', 'starttls', 'none')),
    username text NOT NULL,
    password text NOT NULL,             -- encrypted, with a key that is not here
    folder   text NOT NULL,
    after    text NOT NULL
);

COMMENT ON TABLE inboxes IS 'Mailboxes that were added on the pages. How far each is read, mailboxes tells.';

CREATE FUNCTION tell_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('buzon_settings', TG_TABLE_NAME);
    RETURN NULL;
END;
$$;

CREATE TRIGGER settings_tell AFTER INSERT OR UPDATE OR DELETE ON settings
    FOR EACH STATEMENT EXECUTE FUNCTION tell_settings();

CREATE TRIGGER inboxes_tell AFTER INSERT OR UPDATE OR DELETE ON inboxes
    FOR EACH STATEMENT EXECUTE FUNCTION tell_settings();

CREATE TABLE changes (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    by      text NOT NULL,              -- a person, a command, or a role of the database
    what    text NOT NULL,              -- the table
    which   text NOT NULL,              -- the row's name in it
    was     jsonb,                      -- what differs, as it was before; null: it was added
    becomes jsonb                       -- and as it is now; null: it was removed
);

CREATE INDEX changes_by ON changes (by, id);
CREATE INDEX changes_what ON changes (what, id);
CREATE INDEX changes_at ON changes (at);

COMMENT ON TABLE changes IS 'Who changed what about this Buzón. Labels have a table of their own, corrections.';

-- As with labels, noting a change is left to none of the roads by which it may come. The arguments:
-- the column that names the row, those whose values are secret, those that are not noted at all, and
-- the column that names it where the first is empty.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    secrets text[] := TG_ARGV[1];
    silent  text[] := TG_ARGV[2];
    whole   jsonb := coalesce(to_jsonb(NEW), to_jsonb(OLD));
    was     jsonb := to_jsonb(OLD) - silent;
    becomes jsonb := to_jsonb(NEW) - silent;
    same    text[];
    secret  text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT coalesce(array_agg(w.key), '{}') INTO same
        FROM jsonb_each(was) w JOIN jsonb_each(becomes) b USING (key) WHERE w.value = b.value;
        was := was - same;
        becomes := becomes - same;
        IF becomes = '{}' THEN
            RETURN NULL;
        END IF;
    ELSE
        was := jsonb_strip_nulls(was);
        becomes := jsonb_strip_nulls(becomes);
    END IF;
    FOREACH secret IN ARRAY secrets LOOP
        IF was ->> secret IS NOT NULL THEN was := was || jsonb_build_object(secret, true); END IF;
        IF becomes ->> secret IS NOT NULL THEN
            becomes := becomes || jsonb_build_object(secret, true);
        END IF;
    END LOOP;
    INSERT INTO changes (by, what, which, was, becomes)
    VALUES (coalesce(whole ->> 'by', nullif(current_setting('buzon.who', true), ''), session_user),
            TG_TABLE_NAME, coalesce(whole ->> TG_ARGV[0], whole ->> TG_ARGV[3]), was, becomes);
    RETURN NULL;
END;
$$;

CREATE TRIGGER categories_note AFTER INSERT OR UPDATE OR DELETE ON categories
    FOR EACH ROW EXECUTE FUNCTION note_change('name', '{}', '{name,created_at}');
CREATE TRIGGER users_note AFTER INSERT OR UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION note_change('name', '{password}', '{id,created_at}');
CREATE TRIGGER sign_in_links_note AFTER INSERT ON sign_in_links
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL)
    EXECUTE FUNCTION note_change('user_id', '{}', '{hash,user_id}');
CREATE TRIGGER tokens_note AFTER INSERT OR UPDATE OR DELETE ON tokens
    FOR EACH ROW EXECUTE FUNCTION note_change('name', '{}', '{id,hash,name,made_by,created_at,used_at}');
CREATE TRIGGER promotions_note AFTER INSERT OR UPDATE OR DELETE ON promotions
    FOR EACH ROW EXECUTE FUNCTION note_change('version', '{}', '{id,at,by,version}');
CREATE TRIGGER settings_note AFTER INSERT OR UPDATE OR DELETE ON settings
    FOR EACH ROW EXECUTE FUNCTION note_change('name', '{secret}', '{name}');
CREATE TRIGGER inboxes_note AFTER INSERT OR UPDATE OR DELETE ON inboxes
    FOR EACH ROW EXECUTE FUNCTION note_change('name', '{password}', '{name}');
CREATE TRIGGER answer_templates_note AFTER INSERT OR UPDATE OR DELETE ON answer_templates
    FOR EACH ROW EXECUTE FUNCTION note_change('category', '{}', '{category,subject,text,made_by,made_at}');
CREATE TRIGGER quiet_times_note AFTER INSERT OR UPDATE OR DELETE ON quiet_times
    FOR EACH ROW EXECUTE FUNCTION note_change('weekday', '{}', '{weekday,day}', 'day');

CREATE FUNCTION keep_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was changed stays noted: there is no % on the table changes.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER changes_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION keep_changes();
