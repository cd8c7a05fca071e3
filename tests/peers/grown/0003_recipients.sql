INSERT INTO imports (path, mailbox, fingerprint, position)
VALUES ('/srv/old.mbox', 'soporte@example.com', 'abc', 1200);
