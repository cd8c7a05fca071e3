-- Few mails are not answered; a list of them must not read all others.

CREATE INDEX events_not_answered ON events (received_at, id) WHERE NOT answered;
