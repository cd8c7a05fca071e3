-- Mailboxes and sending with an access token instead of a password (OAuth2).

ALTER TABLE inboxes ADD COLUMN auth text NOT NULL DEFAULT 'password' CHECK (auth IN ('password', 'oauth2'));

CREATE TABLE mail_grants (
    account       text PRIMARY KEY,      -- the user at the mail servers
    provider      text NOT NULL CHECK (provider IN ('google', 'microsoft', 'other')),
    refresh_token text NOT NULL,         -- encrypted, with a key that is not here; this one too:
    access_token  text NOT NULL,
    expires_at    timestamptz NOT NULL,  -- of the access token, by the clock of this database
    renewed_at    timestamptz NOT NULL DEFAULT now(),
    ends_at       timestamptz,           -- where the provider said when the grant ends
    warned_at     timestamptz,           -- when it was told that this is near
    died_at       timestamptz,           -- when the provider said that the grant is no more
    why           text NOT NULL DEFAULT '',
    granted_at    timestamptz NOT NULL DEFAULT now(),
    granted_by    text NOT NULL
);

COMMENT ON TABLE mail_grants IS 'Accounts at mail providers that let Buzón in by OAuth2.';

-- Who was let in anew goes on at once; that a token was renewed concerns nobody.
CREATE TRIGGER mail_grants_tell AFTER INSERT OR DELETE OR UPDATE OF granted_at ON mail_grants
    FOR EACH STATEMENT EXECUTE FUNCTION tell_settings();

CREATE TRIGGER mail_grants_note AFTER INSERT OR DELETE OR UPDATE OF granted_at, died_at ON mail_grants
    FOR EACH ROW EXECUTE FUNCTION note_change(
        'account', '{}',
        '{account,refresh_token,access_token,expires_at,renewed_at,ends_at,warned_at,granted_by}');

CREATE FUNCTION tell_of_grant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM tell_webhooks(
        'alarm.raised',
        ARRAY[jsonb_build_object('alarm', jsonb_build_object(
            'what', CASE WHEN NEW.died_at IS NULL THEN 'access-ends' ELSE 'access-ended' END,
            'account', NEW.account, 'ends_at', coalesce(NEW.died_at, NEW.ends_at), 'why', NEW.why))],
        ARRAY[NULL::bigint]);
    RETURN NULL;
END;
$$;

CREATE TRIGGER mail_grants_tell_webhooks AFTER UPDATE ON mail_grants
    FOR EACH ROW WHEN (OLD.died_at IS NULL AND NEW.died_at IS NOT NULL
                       OR OLD.warned_at IS NULL AND NEW.warned_at IS NOT NULL)
    EXECUTE FUNCTION tell_of_grant();
