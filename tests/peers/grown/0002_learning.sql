INSERT INTO models (version, asked_by, sha256, artifact, made_by, examples, why, unseen, report)
VALUES ('m1', 'ana', 'ab', '\x00', '{}', 3, 'the first', '[]', '{}');
INSERT INTO promotions (version, by, why) VALUES ('m1', 'ana', 'the first');
UPDATE events SET true_label = 'reclamacion' WHERE id <= 3;  -- the trigger writes corrections
INSERT INTO lessons (version, event_id, label, predicted) VALUES ('m1', 1, 'reclamacion', 'pedido');
INSERT INTO trainings (asked_by, with_starter, state, version) VALUES ('ana', true, 'done', 'm1');
INSERT INTO predictions (event_id, at, model_version, category, confidence)
VALUES (1, '2026-03-02 00:00+00', 'm0', 'pedido', 0.6);
INSERT INTO audits (event_id, probability, share, category, confidence, model_version, threshold)
VALUES (2, 0.05, 0.05, 'consulta', 0.9, 'm1', 0.75);
INSERT INTO thresholds (threshold, certified, risk, audited, wrong, bound, missing, checked, careful)
VALUES (0.75, false, 0.05, 1, 0, 0.9, 0, 1, 0.75);
INSERT INTO drift_alarms (watched_from, what, since, p, moved)
VALUES ('2026-03-01', 'words', '2026-03-02', 0.001, '{"unknown": [0.02, 0.11]}');
