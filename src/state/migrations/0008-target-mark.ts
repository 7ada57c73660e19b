/** Which database the state is about, and which run last looked at the rows of each table. */
export const MIGRATION_0008_TARGET_MARK = `
ALTER TABLE mbsync.runs ADD COLUMN target_identity text;
COMMENT ON COLUMN mbsync.runs.target_identity IS 'system identifier and database OID of this database when the run merged; NULL for runs of earlier versions';

ALTER TABLE mbsync.run_tables ADD COLUMN looked_in bigint, ADD COLUMN unlooked_runs int NOT NULL DEFAULT 0;
COMMENT ON COLUMN mbsync.run_tables.looked_in IS 'the run whose merge last read the rows of the table: rows_after, undated_rows and fingerprint are about its merge_snapshot; NULL for the run itself';
COMMENT ON COLUMN mbsync.run_tables.unlooked_runs IS 'how many runs in a row have relied on write_counters instead';

ALTER TABLE mbsync.search_collections ADD COLUMN target_identity text, ADD COLUMN written_xid bigint;
COMMENT ON COLUMN mbsync.search_collections.target_identity IS 'system identifier and database OID of this database when the row was written; NULL for rows of earlier versions';
COMMENT ON COLUMN mbsync.search_collections.written_xid IS 'txid_current() of what wrote the row: its xmin differs after a restore from a dump';`
