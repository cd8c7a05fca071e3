-- The key that sets a category may be chosen; without one it is told by the category's place.

ALTER TABLE categories ADD COLUMN key text CHECK (key ~ '^[1-9a-z]$'),
    ADD CONSTRAINT categories_retired_has_no_key CHECK (key IS NULL OR retired_at IS NULL);

CREATE UNIQUE INDEX categories_key ON categories (key);
