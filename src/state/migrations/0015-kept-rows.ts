/** Which rows of a table a run left to the target: they do not count when the next run looks for what others have written. */
export const MIGRATION_0015_KEPT_ROWS = `
ALTER TABLE mbsync.run_tables ADD COLUMN kept_by text;
COMMENT ON COLUMN mbsync.run_tables.kept_by IS 'the SQL condition of rows that stay as they are: rows_after, undated_rows and fingerprint are about the other rows; NULL for none'`
