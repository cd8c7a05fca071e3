-- What part of the mails is of each category.
SELECT category, sum(mails) AS mails
FROM v_categories_daily
WHERE true [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
GROUP BY category
ORDER BY mails DESC, category
