UPDATE events SET done_at = '2026-03-05 00:00+00', done_by = 'ana', done_act = nextval('acts') WHERE id = 4;
INSERT INTO search_texts (event_id, lexemes) VALUES (1, to_tsvector('simple', 'pedido'));
DELETE FROM search_queue WHERE event_id = 1;
INSERT INTO saved_views (user_id, name, query) SELECT id, 'Pedidos', 'category=pedido' FROM users;
INSERT INTO review_claims (event_id, user_id, until) SELECT 5, id, '2099-01-01 00:00+00' FROM users;
