/** Search indexes: where their documents live, what is known of each document, and what runs did to them. */
export const MIGRATION_0002_SEARCH = `
ALTER TABLE mbsync.runs DROP CONSTRAINT runs_mode_check;
ALTER TABLE mbsync.runs ADD CONSTRAINT runs_mode_check CHECK (mode IN ('full', 'incremental', 'rollback', 'search'));

CREATE TABLE mbsync.search_collections (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  search_index text NOT NULL,
  type text NOT NULL,
  name text NOT NULL,
  identity text NOT NULL,
  fingerprint text NOT NULL,
  status text NOT NULL CHECK (status IN ('building', 'live', 'old')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  replaced_at timestamptz,
  UNIQUE (search_index, name, identity)
);
CREATE UNIQUE INDEX ON mbsync.search_collections (search_index) WHERE status = 'live';
COMMENT ON COLUMN mbsync.search_collections.type IS 'of the search index when the collection was one of its own';
COMMENT ON COLUMN mbsync.search_collections.name IS 'its own name, never an alias';
COMMENT ON COLUMN mbsync.search_collections.identity IS 'tells it from another one that had the name before or after';
COMMENT ON COLUMN mbsync.search_collections.fingerprint IS 'of what it was created as: one that is half filled is gone on with only if it would be created so again';

CREATE TABLE mbsync.documents (
  collection_id int NOT NULL REFERENCES mbsync.search_collections (id) ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  hash bytea,
  status text NOT NULL CHECK (status IN ('pending', 'indexed', 'rejected')),
  error text,
  run_id bigint NOT NULL,
  PRIMARY KEY (collection_id, id)
) WITH (fillfactor = 60);
COMMENT ON COLUMN mbsync.documents.hash IS 'SHA-256 of the text that the server has acknowledged last; NULL if it has acknowledged none';
COMMENT ON COLUMN mbsync.documents.status IS 'pending: it may have been sent, and what the server has is not known';
COMMENT ON COLUMN mbsync.documents.run_id IS 'the run that last sent the document';

CREATE TABLE mbsync.run_searches (
  run_id bigint NOT NULL REFERENCES mbsync.runs (id) ON DELETE CASCADE,
  search_index text NOT NULL,
  mode text NOT NULL CHECK (mode IN ('update', 'rebuild')),
  status text NOT NULL CHECK (status IN ('done', 'rejected', 'stopped', 'failed')),
  documents bigint NOT NULL,
  changed bigint NOT NULL,
  indexed bigint NOT NULL,
  rejected bigint NOT NULL,
  deleted bigint NOT NULL,
  duration_ms bigint NOT NULL,
  error text,
  PRIMARY KEY (run_id, search_index)
);`
