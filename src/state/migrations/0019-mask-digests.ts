/** By which masks the values of a run were masked, and where the masked columns are stored in the source. */
export const MIGRATION_0019_MASK_DIGESTS = `
ALTER TABLE mbsync.run_tables ADD COLUMN mask_digests jsonb, ADD COLUMN masked_places text[];
COMMENT ON COLUMN mbsync.run_tables.mask_digests IS 'digest of the mask of each of masked_columns; NULL where it is not known, as for runs of earlier versions and imports';
COMMENT ON COLUMN mbsync.run_tables.masked_places IS 'where these columns were stored in the source: system identifier, database, relation and number of the column'`
