-- How many mails came.
SELECT coalesce(sum(mails), 0) AS mails
FROM v_categories_daily
WHERE true [[AND {{period}}]] [[AND {{category}}]] [[AND {{mailbox}}]]
