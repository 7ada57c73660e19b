import { describe, expect, test } from 'vitest'
import {
  HISTORY_COLUMNS,
  HISTORY_NAMES,
  recogniseHistory,
} from '../../../src/postgres/catalog/migration-histories.ts'

function recognise(table: string, columns: string) {
  const [schema = '', name = ''] = table.includes('.') ? table.split('.') : ['public', table]
  return recogniseHistory({ schema, name }, columns.split(' '))
}

const FLYWAY =
  'installed_rank version description type script checksum installed_by installed_on execution_time success'

describe('a table in which a framework keeps its history of migrations', () => {
  test.each([
    ['Prisma', '_prisma_migrations', 'id checksum finished_at migration_name logs', 'migration_name'],
    ['Rails or dbmate', 'schema_migrations', 'version', 'version'],
    ['Rails', 'ar_internal_metadata', 'key value created_at updated_at', ''],
    ['data_migrate', 'data_migrations', 'version', 'version'],
    ['Ecto', 'schema_migrations', 'version inserted_at', 'version'],
    ['golang-migrate', 'schema_migrations', 'version dirty', 'version'],
    ['Supabase CLI', 'supabase_migrations.schema_migrations', 'version statements name', 'version'],
    ['Django', 'django_migrations', 'id app name applied', 'app name'],
    ['Alembic', 'alembic_version', 'version_num', 'version_num'],
    ['Laravel', 'migrations', 'id migration batch', 'migration'],
    ['TypeORM', 'migrations', 'id timestamp name', 'name'],
    ['postgres-migrations', 'migrations', 'id name hash executed_at', 'name'],
    ['Knex', 'knex_migrations', 'id name batch migration_time', 'name'],
    ['Knex', 'knex_migrations_lock', 'index is_locked', ''],
    ['Slonik', 'migration', 'name hash date', 'name'],
    ['Flyway', 'flyway_schema_history', 'installed_rank version description type script', 'script'],
    ['Flyway', 'schema_version', 'installed_rank version description type script success', 'script'],
    ['Liquibase', 'DATABASECHANGELOG', 'ID AUTHOR FILENAME DATEEXECUTED ORDEREXECUTED', 'AUTHOR ID'],
    ['Liquibase', 'databasechangeloglock', 'id locked lockgranted lockedby', ''],
    ['Drizzle', 'drizzle.__drizzle_migrations', 'id hash created_at', 'created_at'],
    ['Entity Framework', '__EFMigrationsHistory', 'MigrationId ProductVersion', 'MigrationId'],
    ['Payload', 'payload_migrations', 'id name batch', 'name'],
    ['Strapi', 'strapi_migrations', 'id name time', 'name'],
    ['Strapi', 'strapi_database_schema', 'id schema hash', ''],
    ['Directus', 'directus_migrations', 'version name timestamp', 'version'],
    ['Hasura', 'hdb_catalog.hdb_version', 'hasura_uuid version upgraded_on', ''],
    ['Hasura', 'hdb_catalog.hdb_metadata', 'id metadata resource_version', ''],
    ['Graphile Worker', 'graphile_worker.migrations', 'id ts breaking', 'id'],
    ['pg-boss', 'pgboss.version', 'version maintained_on cron_on', ''],
    ['Doctrine', 'doctrine_migration_versions', 'version executed_at execution_time', 'version'],
    ['Phinx', 'phinxlog', 'version migration_name start_time end_time', 'version'],
    ['Sequelize', 'SequelizeMeta', 'name', 'name'],
    ['Sequelize', 'SequelizeData', 'name', 'name'],
    ['Refinery', 'refinery_schema_history', 'version name applied_on checksum', 'version'],
    ['yoyo', '_yoyo_migration', 'migration_hash migration_id applied_at_utc', 'migration_id'],
    [
      'Atlas',
      'atlas_schema_revisions.atlas_schema_revisions',
      'version description type applied total executed_at',
      'version',
    ],
    ['FluentMigrator', 'VersionInfo', 'Version AppliedOn Description', 'Version'],
    ['sqlx', '_sqlx_migrations', 'version description installed_on success checksum', 'version'],
    ['Diesel', '__diesel_schema_migrations', 'version run_on', 'version'],
    ['goose', 'goose_db_version', 'id version_id is_applied tstamp', 'version_id'],
    ['node-pg-migrate', 'pgmigrations', 'id name run_on', 'name'],
    ['Kysely', 'kysely_migration', 'name timestamp', 'name'],
    ['MikroORM', 'mikro_orm_migrations', 'id name executed_at', 'name'],
    ['Phinx', 'phinxlog', 'version', 'version'],
    ['Flyway', 'schema_version', 'installed_rank', ''],
    ['yoyo', '_yoyo_migration', 'id', 'id'],
    ['Entity Framework', '__EFMigrationsHistory', 'MigrationId', 'MigrationId'],
    ['Sqitch', 'sqitch.changes', 'change_id script_hash change project note', 'change'],
  ])('%s: %s (%s)', (tool, table, columns, names) => {
    expect(recognise(table, columns)).toEqual({ tool, nameColumns: names.split(' ').filter(Boolean) })
    const name = table.split('.').at(-1)?.toLowerCase() ?? ''
    expect(name, 'its columns are read').toMatch(new RegExp(HISTORY_NAMES))
  })

  test.each([
    ['Flyway', 'my_flyway_history', FLYWAY, 'script'],
    [
      'Liquibase',
      'changes',
      'id author filename dateexecuted orderexecuted exectype md5sum tag',
      'author id',
    ],
    ['Knex', 'history', 'id name batch migration_time', 'name'],
    ['Knex', 'history_lock', 'index is_locked', ''],
    ['Phinx', 'log', 'version migration_name start_time end_time breakpoint', 'version'],
    ['goose', 'db_version', 'id version_id is_applied tstamp', 'version_id'],
    ['Alembic', 'warehouse_version', 'version_num', 'version_num'],
  ])('%s under a configured name: %s', (tool, table, columns, names) => {
    expect(recognise(table, columns)).toEqual({ tool, nameColumns: names.split(' ').filter(Boolean) })
    expect(
      columns.split(' ').some((column) => HISTORY_COLUMNS.some((each) => each === column)),
      'its columns are read',
    ).toBe(true)
  })

  test.each([
    ['knex_migrations', 'id species'],
    ['payload_migrations', 'id payload'],
    ['django_migrations', 'id name'],
    ['flyway_schema_history', 'version'],
    ['_yoyo_log', 'id version'],
    ['phinxlog', 'id'],
    ['phinxlog', 'version customer'],
    ['my_flyway_history', `${FLYWAY} customer`],
    ['my_flyway_history', FLYWAY.replace(' script', '')],
    ['jobs', 'id name run_on'],
    ['migrations', 'id species route season'],
    ['migrations', 'id timestamp name latitude'],
    ['migrations', 'id customer_id migration batch status'],
    ['schema_migrations', 'version comment'],
    ['schema_version', 'id schema_id version author'],
    ['version', 'version'],
    ['version', 'id product version'],
    ['changes', 'change_id project note'],
    ['changelog', 'id description'],
    ['migration', 'id from_country to_country'],
    ['data_migrations', 'id file rows'],
    ['versioninfo', 'version product'],
    ['_prisma_migrations', 'customer'],
    ['hdb_version', 'hasura_uuid version'],
  ])('is not merely called so: %s (%s)', (table, columns) => {
    expect(recognise(table, columns)).toBeUndefined()
  })
})
