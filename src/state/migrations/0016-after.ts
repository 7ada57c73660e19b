/** What SQL of profiles has changed after the rows were written. */
export const MIGRATION_0016_AFTER = `
ALTER TABLE mbsync.run_tables ADD COLUMN changed_by_after text CHECK (changed_by_after IN ('undoable', 'not undoable'));
COMMENT ON COLUMN mbsync.run_tables.changed_by_after IS 'whether SQL of the profile has written to the table after the rows, and whether a rollback undoes that; NULL if it has not';
ALTER TABLE mbsync.runs ADD COLUMN after jsonb;
COMMENT ON COLUMN mbsync.runs.after IS 'which SQL files of the profile ran after the rows, and what they changed beside them; NULL for none'`
