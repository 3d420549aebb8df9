-- What the index has not sorted in yet is read whole by each question: half a MiB at most. (Beginnings
-- of words, which `../sqlite/V5__prefixes.sql` is about, need nothing here: the index is sorted.)
ALTER INDEX search_words SET (gin_pending_list_limit = 512);
