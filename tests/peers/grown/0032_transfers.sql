INSERT INTO transfers (kind, asked_by, name, mailbox) VALUES ('import', 'Ana Ruiz', 'a.mbox', 'ventas');
INSERT INTO transfer_pieces SELECT id, 0, 'From x' FROM transfers;
