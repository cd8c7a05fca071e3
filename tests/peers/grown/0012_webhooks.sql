INSERT INTO webhooks (name, url, secret, kinds, content, made_by)
VALUES ('crm', 'https://crm.example.com/hook', 'gAAAA', '{event.corrected}', 'text', 'ana');
UPDATE events SET true_label = 'consulta' WHERE id = 7;  -- the webhook is to be told
