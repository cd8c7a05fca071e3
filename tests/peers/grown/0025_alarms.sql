INSERT INTO mailbox_states (name, seen_at) VALUES ('soporte@example.com', now());
INSERT INTO alarms (kind, about, figure, detail) VALUES ('mailbox-fails', 'ventas', 0, 'wrong password');
