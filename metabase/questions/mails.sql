-- The model: all mails without their texts, the newest first.
SELECT id, received_at, mailbox, sender, subject, language, category, predicted, confidence, true_label,
       waiting, answered
FROM v_mails
ORDER BY received_at DESC, id DESC
