-- The first mail that wasn't imported, without reading all of those that were before it.
CREATE INDEX events_own ON events (id) WHERE source <> 'import';
