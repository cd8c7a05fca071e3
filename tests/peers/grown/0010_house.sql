INSERT INTO settings (name, value) VALUES ('company', '"Cajas Ejemplo"');
INSERT INTO inboxes (name, host, security, username, password, folder, after)
VALUES ('ventas', 'imap.example.com', 'tls', 'ventas', 'gAAAA', 'INBOX', 'none');
