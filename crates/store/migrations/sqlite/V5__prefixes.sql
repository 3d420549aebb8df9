-- The beginnings of words have an index of their own: "gua*" is answered without joining the lists
-- of all words that begin so.
CREATE VIRTUAL TABLE search_new USING fts5 (
    words, kind, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3 4'
);
INSERT INTO search_new (search_new, rank) VALUES ('secure-delete', 1);
INSERT INTO search_new (rowid, words, kind) SELECT id, c0, c1 FROM search_content ORDER BY id;
DROP TABLE search;
ALTER TABLE search_new RENAME TO search;
