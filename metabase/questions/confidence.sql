-- How sure the model was of its category, on average. The view holds the sums.
SELECT day, category, sum(confidence) / sum(mails) AS confidence
FROM v_confidence_daily
WHERE true [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
GROUP BY day, category
HAVING sum(mails) > 0
ORDER BY day, category
