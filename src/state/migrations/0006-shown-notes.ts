/** Notes that come with every run are shown once, and again when they change. */
export const MIGRATION_0006_SHOWN_NOTES = `
CREATE TABLE mbsync.shown_notes (
  profile text NOT NULL,
  digest text NOT NULL,
  PRIMARY KEY (profile, digest)
);
COMMENT ON TABLE mbsync.shown_notes IS 'digests of the notes that came with the last run of each profile: the next one does not show them again';`
