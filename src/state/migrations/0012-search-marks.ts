/** What is known of the rows that the documents of a collection were made of. */
export const MIGRATION_0012_SEARCH_MARKS = `
CREATE TABLE mbsync.search_marks (
  collection_id int PRIMARY KEY REFERENCES mbsync.search_collections (id) ON DELETE CASCADE,
  digest text NOT NULL,
  snapshot txid_snapshot NOT NULL,
  tables jsonb NOT NULL,
  counters text,
  documents bigint NOT NULL,
  unlooked_runs int NOT NULL,
  target_identity text NOT NULL,
  written_xid bigint NOT NULL
);
COMMENT ON TABLE mbsync.search_marks IS 'collections that have all documents that their query gave then';
COMMENT ON COLUMN mbsync.search_marks.digest IS 'of all that decides about the documents beside rows: the query, definitions, settings';
COMMENT ON COLUMN mbsync.search_marks.snapshot IS 'under which the query was run';
COMMENT ON COLUMN mbsync.search_marks.tables IS 'how the rows of each table of the query stood then';
COMMENT ON COLUMN mbsync.search_marks.counters IS 'what statistics said of all writes to these tables before';
COMMENT ON COLUMN mbsync.search_marks.unlooked_runs IS 'runs in a row that have not run the whole query';
`
