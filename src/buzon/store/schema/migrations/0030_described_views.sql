-- What each column of the views for dashboards means, for Metabase and the manual to tell.

COMMENT ON COLUMN v_categories_daily.day IS 'The company''s day on which the mails arrived.';
COMMENT ON COLUMN v_categories_daily.mailbox IS 'The mailbox, as the settings call it.';
COMMENT ON COLUMN v_categories_daily.category IS 'What a person called them, else what the model did.';
COMMENT ON COLUMN v_categories_daily.mails IS 'How many.';

COMMENT ON COLUMN v_confidence_daily.day IS 'The company''s day on which the mails arrived.';
COMMENT ON COLUMN v_confidence_daily.mailbox IS 'The mailbox, as the settings call it.';
COMMENT ON COLUMN v_confidence_daily.category IS 'What the model called them.';
COMMENT ON COLUMN v_confidence_daily.at_least IS 'How sure it was at least: 0, 0.05 … 0.95; less than 0.05 more.';
COMMENT ON COLUMN v_confidence_daily.mails IS 'How many.';
COMMENT ON COLUMN v_confidence_daily.confidence IS 'The sum of their confidences.';

COMMENT ON COLUMN v_corrections.day IS 'The company''s day on which the labels were set.';
COMMENT ON COLUMN v_corrections.mailbox IS 'The mailbox, as the settings call it.';
COMMENT ON COLUMN v_corrections.predicted IS 'What the model had called the mails.';
COMMENT ON COLUMN v_corrections.label IS 'What a person calls them.';
COMMENT ON COLUMN v_corrections.mails IS 'How many.';

COMMENT ON COLUMN v_model_accuracy.day IS 'The company''s day on which the mails arrived.';
COMMENT ON COLUMN v_model_accuracy.mailbox IS 'The mailbox, as the settings call it.';
COMMENT ON COLUMN v_model_accuracy.category IS 'What the model had called them.';
COMMENT ON COLUMN v_model_accuracy.model_version IS 'The version that was at work.';
COMMENT ON COLUMN v_model_accuracy.alone IS 'Whether they were handled without a person.';
COMMENT ON COLUMN v_model_accuracy.is_right IS 'Whether the person who checked them said the same.';
COMMENT ON COLUMN v_model_accuracy.probability IS 'With which each was drawn.';
COMMENT ON COLUMN v_model_accuracy.mails IS 'How many.';

COMMENT ON COLUMN v_reply_times.day IS 'The company''s day on which the mails arrived.';
COMMENT ON COLUMN v_reply_times.mailbox IS 'The mailbox, as the settings call it.';
COMMENT ON COLUMN v_reply_times.at_least IS 'Seconds from arrival to the answer, at least.';
COMMENT ON COLUMN v_reply_times.below IS 'Seconds from arrival to the answer, less than.';
COMMENT ON COLUMN v_reply_times.replies IS 'How many answers.';
COMMENT ON COLUMN v_reply_times.seconds IS 'The sum of their seconds.';

COMMENT ON COLUMN v_mails.id IS 'The number of the mail, the one in its page''s address.';
COMMENT ON COLUMN v_mails.received_at IS 'When it arrived.';
COMMENT ON COLUMN v_mails.mailbox IS 'The mailbox, as the settings call it.';
COMMENT ON COLUMN v_mails.sender IS 'The address that it came from.';
COMMENT ON COLUMN v_mails.sender_name IS 'The name beside that address.';
COMMENT ON COLUMN v_mails.subject IS 'Its subject.';
COMMENT ON COLUMN v_mails.language IS 'Its language, as two letters.';
COMMENT ON COLUMN v_mails.category IS 'What a person called it, else what the model did.';
COMMENT ON COLUMN v_mails.predicted IS 'What the model called it.';
COMMENT ON COLUMN v_mails.confidence IS 'How sure the model was, from 0 to 1.';
COMMENT ON COLUMN v_mails.true_label IS 'What a person called it; NULL where nobody has.';
COMMENT ON COLUMN v_mails.waiting IS 'Whether it waits for a person.';
COMMENT ON COLUMN v_mails.answered IS 'Whether it got an automatic answer.';

COMMENT ON COLUMN v_categories.name IS 'What the category is called in the database and the API.';
COMMENT ON COLUMN v_categories.title_es IS 'What people see, in Spanish.';
COMMENT ON COLUMN v_categories.title_en IS 'What people see, in English.';
COMMENT ON COLUMN v_categories.answered IS 'Whether its mails are answered automatically.';
COMMENT ON COLUMN v_categories.colour IS 'Its colour on the pages.';
COMMENT ON COLUMN v_categories.position IS 'Its place in lists.';
