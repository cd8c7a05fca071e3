-- Which answer a customer got: what the model thinks of the mail may change afterwards.

ALTER TABLE outbox ADD COLUMN template text NOT NULL DEFAULT '';
