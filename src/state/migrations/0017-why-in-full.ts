/** Why all documents of a search index were compared. */
export const MIGRATION_0017_WHY_IN_FULL = `
ALTER TABLE mbsync.run_searches ADD COLUMN why_in_full text;
COMMENT ON COLUMN mbsync.run_searches.why_in_full IS 'why all documents were compared, and not those of changed rows alone; NULL if they were not, or the collection was new'`
