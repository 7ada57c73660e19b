/** Which databases runs have built and replaced: what died on the way is found by it, and a rollback knows what to rename back. */
export const MIGRATION_0014_SWAPS = `
CREATE TABLE mbsync.swaps (
  run_id bigint PRIMARY KEY REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  built_name text NOT NULL,
  built_oid bigint,
  replaced_name text NOT NULL,
  replaced_oid bigint NOT NULL,
  is_ready boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE mbsync.swaps IS 'the databases that runs have built to replace this one, or as which this one has replaced another';
COMMENT ON COLUMN mbsync.swaps.built_name IS 'what the new database is called until it gets the name of the target';
COMMENT ON COLUMN mbsync.swaps.built_oid IS 'NULL until it is known to have been created';
COMMENT ON COLUMN mbsync.swaps.replaced_name IS 'what the database that it replaces is called from then on';
COMMENT ON COLUMN mbsync.swaps.is_ready IS 'whether the new database is complete and could be switched to'`
