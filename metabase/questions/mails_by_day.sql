-- What came on each day, by what it is: what a person called it, else what the model did.
SELECT day, category, sum(mails) AS mails
FROM v_categories_daily
WHERE true [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
GROUP BY day, category
ORDER BY day, category
