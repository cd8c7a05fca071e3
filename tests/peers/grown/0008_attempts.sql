INSERT INTO delivery_attempts (reply_id, number, status, detail)
SELECT min(id), 1, 'sent', '250 ok' FROM outbox WHERE status = 'sent';
