-- How many mails wait for a person now, whenever they came.
SELECT count(*) AS waiting
FROM v_mails
WHERE waiting [[AND {{category}}]] [[AND {{mailbox}}]]
