-- What the model had said, what people made of it, and how often.
SELECT predicted, label, sum(mails) AS mails
FROM v_corrections
WHERE predicted <> label [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
GROUP BY predicted, label
HAVING sum(mails) > 0
ORDER BY mails DESC, predicted, label
