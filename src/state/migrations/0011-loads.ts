/** What a load has brought into empty tables: the transactions that copied its rows commit just before that of the run. */
export const MIGRATION_0011_LOADS = `
ALTER TABLE mbsync.runs ADD COLUMN load_xids bigint[];
COMMENT ON COLUMN mbsync.runs.load_xids IS 'txid_current() of the transactions that have loaded tables for the run; NULL unless it was a load';

CREATE TABLE mbsync.loads (
  run_id bigint NOT NULL REFERENCES mbsync.runs ON DELETE CASCADE,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  rows bigint NOT NULL,
  xid bigint NOT NULL,
  PRIMARY KEY (run_id, schema_name, table_name)
);
COMMENT ON TABLE mbsync.loads IS 'tables that were empty before a run loaded them: a rollback empties them again, and so does the next run if that one did not finish';`
