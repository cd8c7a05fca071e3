-- An upload broke off when its last piece is long past, and a mail of an import that can't become an
-- event is set aside once, however often its batch comes again.

ALTER TABLE transfers ADD COLUMN heard_at timestamptz NOT NULL DEFAULT now();

DELETE FROM parked p USING parked q
WHERE p.source = 'import' AND q.source = 'import' AND p.mailbox = q.mailbox
  AND sha256(p.content) = sha256(q.content) AND p.id > q.id;

CREATE UNIQUE INDEX parked_imported_once ON parked (mailbox, sha256(content))
    WHERE source = 'import';
