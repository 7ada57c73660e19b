/** What a complete database was built by, which waits to take the place of another. */
export const MIGRATION_0018_SWAP_RULES = `
ALTER TABLE mbsync.swaps ADD COLUMN rules_digest text, ADD COLUMN after_columns jsonb;
COMMENT ON COLUMN mbsync.swaps.rules_digest IS 'digest of the rules of the profile that the database was built by; NULL until it is complete, or for runs of earlier versions';
COMMENT ON COLUMN mbsync.swaps.after_columns IS 'columns that the source does not have and SQL of the profile has added: the new database must have as many values in them as the target'`
