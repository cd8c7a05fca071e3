-- GET /events is paged by number: what its filters leave is found in that order, without reading the rest.
CREATE INDEX events_category ON events (category, id);
CREATE INDEX events_true_label ON events (true_label, id) WHERE true_label IS NOT NULL;
CREATE INDEX events_needs_review ON events (id) WHERE needs_review;

-- How each webhook does.
CREATE INDEX webhook_deliveries_failed_at ON webhook_deliveries (webhook_id, created_at) WHERE status = 'failed';
CREATE INDEX webhook_deliveries_delivered ON webhook_deliveries (webhook_id, id) WHERE status = 'delivered';
