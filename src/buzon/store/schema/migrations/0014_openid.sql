-- Signing in with an account elsewhere.

CREATE TABLE identities (
    issuer     text NOT NULL,
    subject    text NOT NULL,          -- the provider's name for the account, which never changes
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject),
    UNIQUE (user_id, issuer)
);

COMMENT ON TABLE identities IS 'Accounts at an OpenID provider, and whose they are.';

CREATE TRIGGER identities_note AFTER INSERT OR UPDATE OR DELETE ON identities
    FOR EACH ROW EXECUTE FUNCTION note_change('user_id', '{}', '{user_id,created_at}');

CREATE TABLE departures (
    hash       bytea PRIMARY KEY,      -- of the state, which the provider hands back
    browser    bytea NOT NULL,         -- hash of the cookie of whoever left
    nonce      text NOT NULL,
    verifier   text NOT NULL,
    wanted     text NOT NULL,          -- the page to go to after that
    expires_at timestamptz NOT NULL
);

COMMENT ON TABLE departures IS 'Who is at the OpenID provider now, to sign in there.';
