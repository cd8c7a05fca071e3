INSERT INTO answer_templates (category, language, version, subject, text, made_by)
VALUES ('pedido', 'es', 1, '', 'Gracias por su pedido.', 'ana');
INSERT INTO quiet_times (weekday, begins, ends) VALUES (6, '22:00', '23:00');
INSERT INTO test_mails (user_id) SELECT id FROM users;
