/** Deleted rows are found without what earlier runs have counted. */
export const MIGRATION_0009_NO_KEY_RANGES = `
DROP TABLE mbsync.key_ranges`
