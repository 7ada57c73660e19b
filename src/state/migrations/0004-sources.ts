/** Which databases the rows of the target came from, so that none of them is ever overwritten with what came out of it. */
export const MIGRATION_0004_SOURCES = `
CREATE TABLE mbsync.sources (
  system_identifier text NOT NULL,
  database_oid bigint NOT NULL,
  database_name text NOT NULL,
  name text NOT NULL,
  first_read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_read_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (system_identifier, database_oid, database_name)
);
COMMENT ON TABLE mbsync.sources IS 'the databases that runs into this one have read from, and those whose rows they held: a run from here into one of them is refused';
COMMENT ON COLUMN mbsync.sources.system_identifier IS 'of its cluster; empty where the role could not read it';
COMMENT ON COLUMN mbsync.sources.name IS 'what the configuration of the last run called it';

INSERT INTO mbsync.sources
SELECT coalesce(source ->> 'systemIdentifier', ''), (source ->> 'databaseOid')::bigint, source ->> 'database',
  max(source ->> 'name'), min(started_at), max(started_at)
FROM mbsync.runs
WHERE status IN ('succeeded', 'rolled back') AND mode IN ('full', 'incremental')
  AND source ->> 'databaseOid' IS NOT NULL AND source ->> 'database' IS NOT NULL AND source ->> 'name' IS NOT NULL
GROUP BY 1, 2, 3;`

/** A role that reads this database for another one must see what it came from. */
export const OPEN_SOURCES_SQL =
  'GRANT USAGE ON SCHEMA mbsync TO PUBLIC; GRANT SELECT ON mbsync.sources TO PUBLIC'
