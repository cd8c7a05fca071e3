INSERT INTO categories (name) VALUES ('devolucion');
INSERT INTO renamings (name, becomes, by, last) VALUES ('devolucion', 'incidencia', 'ana', 41);
