INSERT INTO idempotency_keys (token, key, digest, event_id, duplicate) VALUES ('n8n', 'k1', '\x08', 1, false);
