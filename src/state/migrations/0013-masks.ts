/** Under which masks a table was read: other masks, or another key, give other values for rows that have not changed. */
export const MIGRATION_0013_MASKS = `
ALTER TABLE mbsync.watermarks ADD COLUMN masks text;
COMMENT ON COLUMN mbsync.watermarks.masks IS 'digest of the masks of the table and of the fingerprint of the key; NULL for none';
ALTER TABLE mbsync.run_tables ADD COLUMN masked_columns text[];
COMMENT ON COLUMN mbsync.run_tables.masked_columns IS 'the columns of which the run brought masked values; NULL for runs of earlier versions';`
