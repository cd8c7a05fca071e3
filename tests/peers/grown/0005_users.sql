INSERT INTO users (email, name, role, password)
VALUES ('ana@example.com', 'ana', 'administrator', '$argon2id$v=19$m=1,t=1,p=1$YQ$YQ');
INSERT INTO sign_in_links (hash, user_id, expires_at)
SELECT '\x05', id, '2099-01-01 00:00+00' FROM users;
INSERT INTO sessions (hash, user_id, device, expires_at)
SELECT '\x06', id, 'Firefox', '2099-01-01 00:00+00' FROM users;
INSERT INTO sign_in_attempts (key) VALUES ('\x07');
