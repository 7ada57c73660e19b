/** Runs, what they did to each table and sequence, and what is needed to undo them. */
export const MIGRATION_0001_RUNS = `
CREATE TABLE mbsync.runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  profile text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('full', 'incremental', 'rollback')),
  status text NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'refused', 'interrupted', 'abandoned', 'rolled back')),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  mbsync_version text NOT NULL,
  source jsonb,
  source_snapshot text,
  backup text,
  bytes bigint NOT NULL DEFAULT 0,
  inserted bigint NOT NULL DEFAULT 0,
  updated bigint NOT NULL DEFAULT 0,
  deleted bigint NOT NULL DEFAULT 0,
  unchanged bigint NOT NULL DEFAULT 0,
  error text,
  exit_code int,
  merge_xid bigint,
  merge_snapshot txid_snapshot,
  wrote_foreign_rows boolean NOT NULL DEFAULT false,
  undone_run bigint REFERENCES mbsync.runs (id)
);
COMMENT ON COLUMN mbsync.runs.backup IS 'path of the dump that was written of the tables before they changed, on the machine where mbsync ran';
COMMENT ON COLUMN mbsync.runs.exit_code IS 'what mbsync ended with; NULL while it works, and of a run whose process died';
COMMENT ON COLUMN mbsync.runs.merge_xid IS 'txid_current() of the merge: rows that it wrote carry it in xmin';
COMMENT ON COLUMN mbsync.runs.merge_snapshot IS 'txid_current_snapshot() with the tables locked: rows written later have an xmin at or after its xmin';
COMMENT ON COLUMN mbsync.runs.wrote_foreign_rows IS 'a rollback that brought back rows which somebody else had written between two runs';

CREATE TABLE mbsync.run_tables (
  run_id bigint NOT NULL REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  mode text NOT NULL,
  inserted bigint NOT NULL,
  updated bigint NOT NULL,
  deleted bigint NOT NULL,
  unchanged bigint NOT NULL,
  rows_after bigint NOT NULL,
  undated_rows bigint NOT NULL,
  fingerprint text NOT NULL,
  bytes bigint NOT NULL,
  duration_ms bigint NOT NULL,
  key_columns text[],
  undo_table text,
  write_counters text,
  PRIMARY KEY (run_id, schema_name, table_name)
);
COMMENT ON COLUMN mbsync.run_tables.fingerprint IS 'of the rows that may be younger than merge_snapshot, as the merge left them: while it stays the same, nobody has written since';
COMMENT ON COLUMN mbsync.run_tables.key_columns IS 'the key that rows were matched by, and that the undo table knows them by; NULL for whole rows';
COMMENT ON COLUMN mbsync.run_tables.undo_table IS 'the table in mbsync_undo that holds what the run removed or replaced; NULL when there is none, or no longer';
COMMENT ON COLUMN mbsync.run_tables.write_counters IS 'digest of what the statistics said of all writes to the table when the merge ended; NULL where they cannot vouch for it';

CREATE TABLE mbsync.run_timelines (
  run_id bigint PRIMARY KEY REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  phases json NOT NULL,
  spans json NOT NULL,
  samples json NOT NULL,
  warnings json NOT NULL
);
COMMENT ON TABLE mbsync.run_timelines IS 'when each run did what; times are milliseconds since it began. json, not jsonb: it may hold characters that the encoding lacks, escaped';
COMMENT ON COLUMN mbsync.run_timelines.phases IS '[phase, from, to] each';
COMMENT ON COLUMN mbsync.run_timelines.spans IS '[kind, worker, table or search index, part, parts, from, to, rows, COPY text bytes] each';
COMMENT ON COLUMN mbsync.run_timelines.samples IS '[time, COPY text bytes so far, documents so far] each';
COMMENT ON COLUMN mbsync.run_timelines.warnings IS 'an object with message and hint each';

CREATE TABLE mbsync.watermarks (
  schema_name text NOT NULL,
  table_name text NOT NULL,
  run_id bigint NOT NULL REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  system_identifier text NOT NULL,
  database_oid bigint NOT NULL,
  timeline int NOT NULL,
  source_xmin bigint NOT NULL,
  fingerprint text NOT NULL,
  target_fingerprint text NOT NULL,
  PRIMARY KEY (schema_name, table_name)
);
COMMENT ON TABLE mbsync.watermarks IS 'which snapshot of which source each table holds, so that the next run can read what has changed since';

CREATE TABLE mbsync.key_ranges (
  schema_name text NOT NULL,
  table_name text NOT NULL,
  run_id bigint NOT NULL REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  ends text[] NOT NULL,
  counts text NOT NULL,
  PRIMARY KEY (schema_name, table_name)
);
COMMENT ON TABLE mbsync.key_ranges IS 'how many rows the tables that have lost some hold in each range of their key, so that the next run need not count them again';
COMMENT ON COLUMN mbsync.key_ranges.ends IS 'for each column of the key, the ends of all ranges, a line each';
COMMENT ON COLUMN mbsync.key_ranges.counts IS 'the rows of each range, both of its ends included; they are as run_id has left them';

CREATE TABLE mbsync.run_sequences (
  run_id bigint NOT NULL REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  schema_name text NOT NULL,
  sequence_name text NOT NULL,
  before_value bigint NOT NULL,
  before_is_called boolean NOT NULL,
  after_value bigint NOT NULL,
  after_is_called boolean NOT NULL,
  PRIMARY KEY (run_id, schema_name, sequence_name)
);`
