-- The mails that wait for a person, the oldest first; its number is what the correction asks for.
SELECT id, received_at, mailbox, sender, subject, category, confidence
FROM v_mails
WHERE waiting [[AND {{category}}]] [[AND {{mailbox}}]]
ORDER BY received_at, id
