-- The caps count what an address got whatever its case, and an import belongs to a mailbox.

DROP INDEX outbox_recipient;
CREATE INDEX outbox_recipient ON outbox (lower(recipient), created_at);

-- Whose mails the imports so far were is not known: done again, they find everything stored.
DELETE FROM imports;
ALTER TABLE imports DROP CONSTRAINT imports_pkey;
ALTER TABLE imports ADD COLUMN mailbox text NOT NULL;
ALTER TABLE imports ADD PRIMARY KEY (path, mailbox);
