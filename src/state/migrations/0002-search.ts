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

CREATE TABLE mbsync.mixedbread_index_state (
  document_id varchar(255) COLLATE "C" PRIMARY KEY,
  scope varchar(10) NOT NULL CHECK (scope IN ('global', 'tenant')),
  tenant_id uuid,
  entity_type varchar(20) NOT NULL,
  db_id uuid NOT NULL,
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  collection_id int NOT NULL REFERENCES mbsync.search_collections (id) ON DELETE CASCADE,
  status text NOT NULL CHECK (status IN ('pending', 'indexed', 'rejected')),
  content_hash bytea,
  metadata_hash bytea,
  remote_id text,
  remote_status text,
  last_error text,
  run_id bigint NOT NULL
) WITH (fillfactor = 60);
CREATE INDEX idx_mixedbread_state_scope_tenant ON mbsync.mixedbread_index_state (scope, tenant_id);
CREATE INDEX idx_mixedbread_state_entity_type ON mbsync.mixedbread_index_state (entity_type);
CREATE INDEX idx_mixedbread_state_tenant_id ON mbsync.mixedbread_index_state (tenant_id);
COMMENT ON COLUMN mbsync.mixedbread_index_state.last_seen_at IS 'when a run last found its row in the database';
COMMENT ON COLUMN mbsync.mixedbread_index_state.updated_at IS 'when the store last acknowledged the document';
COMMENT ON COLUMN mbsync.mixedbread_index_state.status IS 'pending: it may have been sent, and what the store has is not known';
COMMENT ON COLUMN mbsync.mixedbread_index_state.content_hash IS 'SHA-256 of the text that the store has acknowledged last; NULL if it has acknowledged none';
COMMENT ON COLUMN mbsync.mixedbread_index_state.metadata_hash IS 'SHA-256 of the metadata that the store has acknowledged last';
COMMENT ON COLUMN mbsync.mixedbread_index_state.remote_status IS 'how far its ingestion was when mbsync last looked';

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
