INSERT INTO mail_grants (account, provider, refresh_token, access_token, expires_at, granted_by)
VALUES ('soporte@example.com', 'google', 'locked', 'locked', '2026-11-01 10:00+00', 'Ana Ruiz');
