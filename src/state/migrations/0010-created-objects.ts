/** What runs have created of the schema: all of it until the run has ended, so that it can be taken back, and then how much it was. */
export const MIGRATION_0010_CREATED_OBJECTS = `
CREATE TABLE mbsync.created_objects (
  run_id bigint NOT NULL REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  xid bigint NOT NULL,
  class_oid oid NOT NULL,
  object_oid oid NOT NULL,
  is_root boolean NOT NULL,
  PRIMARY KEY (class_oid, object_oid)
);
COMMENT ON TABLE mbsync.created_objects IS 'what a run that has not succeeded has created outside the schemas of mbsync: the run itself drops it when it fails, or else the next one does';
COMMENT ON COLUMN mbsync.created_objects.xid IS 'txid_current() of what created it, and wrote this row';
COMMENT ON COLUMN mbsync.created_objects.class_oid IS 'its catalog, as in pg_depend; 0 where only the id of the transaction is of interest any longer';
COMMENT ON COLUMN mbsync.created_objects.is_root IS 'false for what is dropped together with another object of the list';

ALTER TABLE mbsync.runs ADD COLUMN created jsonb;
COMMENT ON COLUMN mbsync.runs.created IS 'how many objects of each kind the run has created, as [[kind, count], ...]; NULL for none';`
