INSERT INTO long_acts (number, kind, by, seen_at, category, wanted, last)
VALUES (7, 'label', 'ana', now(), 'pedido', '{"to_review": true}', 41);
