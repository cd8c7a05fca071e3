-- The share of mails in the right category, by those that the audit drew and a person checked: a mail
-- drawn with probability 1/20 stands for twenty.
SELECT sum(mails / probability) FILTER (WHERE is_right) / sum(mails / probability) AS accuracy
FROM v_model_accuracy
WHERE true [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
