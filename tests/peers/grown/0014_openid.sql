INSERT INTO identities (issuer, subject, user_id) SELECT 'https://id.example.com', 'u1', id FROM users;
INSERT INTO departures (hash, browser, nonce, verifier, wanted, expires_at)
VALUES ('\x09', '\x0a', 'n', 'v', '/', '2099-01-01 00:00+00');
