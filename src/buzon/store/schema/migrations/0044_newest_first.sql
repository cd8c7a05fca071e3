-- What came last is made searchable first: a search begins there, and looks at each mail on its way.
CREATE INDEX search_queue_event_id ON search_queue (event_id);
