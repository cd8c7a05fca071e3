-- Rows as the program of this migration wrote them: never to be changed.

INSERT INTO mailboxes (name, folder, uidvalidity, last_uid, marked_uid, started_at)
VALUES ('soporte@example.com', 'INBOX', 7, 412, 400, '2026-03-01 09:00+00');

INSERT INTO events (mailbox, message_id, message_key, digest, thread_id, source, received_at, stored_at,
                    sender, sender_name, reply_to, recipients, subject, body, language, category,
                    confidence, probabilities, model_version, needs_review, answered, signs, attachments,
                    defects, size)
SELECT 'soporte@example.com', n || '@old.example.org', n || '@old.example.org', md5(n::text), 't' || n,
       'imap', '2026-03-01 09:00+00'::timestamptz + n * interval '1 hour',
       '2026-03-01 09:01+00'::timestamptz + n * interval '1 hour',
       'ana' || n % 7 || '@example.org', 'Ana Peña', '', '{soporte@example.com}',
       'Pedido ' || n || ' «ñ»', E'Hola,\n¿dónde está mi pedido ' || n || '?', 'es',
       (ARRAY['pedido', 'incidencia', 'consulta', 'otro'])[1 + n % 4], 0.9, '{"pedido": 0.9}', 'm1',
       n % 5 = 0, n % 4 <> 3, '[["old", ""]]', '[["a.pdf", "application/pdf", 12]]', '{}', 900 + n
FROM generate_series(1, 40) AS n;

INSERT INTO raw_mails SELECT id, convert_to('Subject: ' || subject || E'\r\n\r\n' || body, 'UTF8') FROM events;

INSERT INTO outbox (event_id, message_id, thread_id, mailbox, recipient, subject_key, envelope_from,
                    from_header, subject, body, html, headers, status, released_at, created_at, sent_at)
SELECT id, 'r' || id || '@example.com', thread_id, mailbox, sender, 'pedido', '', 'soporte@example.com',
       'Re: ' || subject, 'Gracias', '<p>Gracias</p>', '[]',
       (ARRAY['sent', 'sent', 'queued', 'kept', 'failed', 'held'])[1 + id % 6],
       received_at, received_at, received_at
FROM events WHERE answered;

INSERT INTO parked (mailbox, source, uid, reason, content)
VALUES ('soporte@example.com', 'imap', 411, 'a value is too large', 'Subject: x');
INSERT INTO imports (path, fingerprint, position) VALUES ('/srv/old.mbox', 'abc', 1200);
INSERT INTO tokens (name, hash) VALUES ('n8n', '\x0102');
INSERT INTO sign_in_links (hash, expires_at) VALUES ('\x03', '2099-01-01 00:00+00');
INSERT INTO sessions (hash, expires_at) VALUES ('\x04', '2099-01-01 00:00+00');
INSERT INTO secrets (name, value) VALUES ('message-id', repeat('s', 32)::bytea);
