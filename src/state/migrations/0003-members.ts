/** What a table was when a run left it: rows come and go with partitions and columns, without any being written. */
export const MIGRATION_0003_MEMBERS = `
ALTER TABLE mbsync.run_tables ADD COLUMN members text, ADD COLUMN column_places text;
COMMENT ON COLUMN mbsync.run_tables.members IS 'digest of the table and its partitions with their bounds, as the merge left them; NULL for runs of earlier versions';
COMMENT ON COLUMN mbsync.run_tables.column_places IS 'digest of where the table and its partitions store its columns; NULL for runs of earlier versions';`
