import { describe, expect, test } from 'vitest'
import {
  HISTORY_COLUMNS,
  HISTORY_NAMES,
  HISTORY_PATTERN,
  recogniseHistory,
} from '../../../src/postgres/catalog/migration-histories.ts'
import { namesOfRun, outcomeColumnsOf } from '../../../src/postgres/catalog/migration-outcomes.ts'

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
    ['Sqitch', 'sqitch.events', 'event change_id change project note', ''],
    ['Postgrator', 'schemaversion', 'version name md5 run_at', 'version'],
    ['Medusa', 'script_migrations', 'id script_name created_at finished_at', 'script_name'],
    ['Medusa', 'link_module_migrations', 'id table_name link_descriptor created_at', 'table_name'],
    ['Cycle', 'migrations', 'id migration time_executed created_at', 'migration'],
    ['Nextras', 'migrations', 'id group file checksum executed ready', 'group file'],
    ['Nextcloud', 'oc_migrations', 'app version', 'app version'],
    ['October CMS', 'system_plugin_versions', 'id code version created_at is_disabled', 'code version'],
    [
      'Discourse',
      'schema_migration_details',
      'id version name hostname git_version rails_version duration direction created_at',
      'version',
    ],
    ['River', 'river_migration', 'line version created_at', 'version'],
    ['Darwin', 'darwin_migrations', 'id version description checksum applied_at execution_time', 'version'],
    ['Rambler', 'migrations', 'migration', 'migration'],
    ['ley', 'migrations', 'id name created_at', 'name'],
    ['Marv', 'migrations', 'level comment timestamp checksum namespace', 'level'],
    ['Avram', 'migrations', 'id version', 'version'],
    ['Jennifer', 'migration_versions', 'id version', 'version'],
    [
      'SQLAlchemy Migrate',
      'migrate_version',
      'repository_id repository_path version',
      'repository_id version',
    ],
    ['Keycloak', 'migration_model', 'id version update_time', 'version'],
    ['Camunda', 'act_ge_schema_log', 'id_ timestamp_ version_', 'version_'],
    ['dbdeploy', 'changelog', 'change_number complete_dt applied_by description', 'change_number'],
    [
      'grate or RoundhousE',
      'grate.ScriptsRun',
      'id version_id script_name text_of_script text_hash one_time_script entry_date modified_date entered_by',
      'script_name',
    ],
    [
      'grate or RoundhousE',
      'grate.Version',
      'id repository_path version entry_date modified_date entered_by status',
      'version',
    ],
    ['Yuniql', '__yuniqldbversion', 'sequence_id version applied_on_utc applied_by_user', 'version'],
    ['Hangfire', 'hangfire.schema', 'version', 'version'],
    ['DBIx::Class', 'dbix_class_schema_versions', 'version installed', 'version'],
    ['DBIx::Class', 'dbix_class_deploymenthandler_versions', 'id version ddl upgrade_sql', 'version'],
    ['Mojo::Pg', 'mojo_migrations', 'name version', 'name version'],
    ['postgresql-migration', 'schema_migrations', 'filename checksum executed_at', 'filename'],
    ['pgroll', 'pgroll.migrations', 'schema name migration created_at updated_at parent done', 'name'],
    ['Reshape', 'reshape.migrations', 'index description actions completed_at', 'description'],
    [
      'Temporal',
      'schema_version',
      'version_partition db_name creation_time curr_version min_compatible_version',
      '',
    ],
    ['Sequelize', 'SequelizeMetaTenants', 'name', 'name'],
  ])('%s: %s (%s)', (tool, table, columns, names) => {
    expect(recognise(table, columns)).toMatchObject({ tool, nameColumns: names.split(' ').filter(Boolean) })
    const name = table.split('.').at(-1)?.toLowerCase() ?? ''
    const isRead = HISTORY_NAMES.includes(name) || new RegExp(HISTORY_PATTERN).test(name)
    expect(isRead, 'its columns are read').toBe(true)
  })

  test.each([
    ['Flyway', 'my_flyway_history', FLYWAY, 'script'],
    ['golang-migrate', 'billing_history', 'version dirty', 'version'],
    ['sqlx', 'history', 'version description installed_on success checksum execution_time', 'version'],
    ['Entity Framework', 'Migrations', 'MigrationId ProductVersion', 'MigrationId'],
    ['Entity Framework', 'migrations', 'migration_id product_version', 'migration_id'],
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
    expect(recognise(table, columns)).toMatchObject({ tool, nameColumns: names.split(' ').filter(Boolean) })
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

describe('the migrations that have run', () => {
  const rowsOf = (columns: string, rows: string) =>
    rows.split(' ').map((row) => {
      const [name = '', ...values] = row.split('|')
      const named = columns.split(' ').map((column, at) => [column, values[at] || null] as const)
      return { name, values: new Map(named) }
    })

  // A row is a name and the values of the columns; an empty one is NULL.
  test.each([
    ['Rails or dbmate', '', '1 2', '1 2'],
    [
      'Prisma',
      'finished_at rolled_back_at',
      'done|now| failed|| undone||now again||now again|now|',
      'done again',
    ],
    ['Flyway', 'installed_rank success type version', 'V1|1|t|SQL|1 V2|2|f|SQL|2 R|3|t|SQL|', 'V1 R'],
    ['Flyway', 'installed_rank success type version', 'U1|10|t|UNDO_SQL|1 V1|9|t|SQL|1 V2|2|t|SQL|2', 'V2'],
    ['Flyway', 'installed_rank success type version', 'V1|1|t|SQL|1 V1|2|t|DELETE|1', ''],
    ['sqlx', 'success', '1|t 2|f', '1'],
    ['Evolve', 'success', '1|t 2|f', '1'],
    ['Grafana', 'success', 'a|f a|t b|f', 'a'],
    ['goose', 'id is_applied', '1|1|t 2|2|t 2|11|f 3|4|t 1|9|f 1|10|t', '1 3'],
    ['go-pg', 'id', '1|1 3|3 2|12 2|2', '2'],
    ['golang-migrate', 'dirty', '7|t', ''],
    ['golang-migrate', 'dirty', '7|f', '7'],
    ['Atlas', 'type applied total', '1|1|0|0 2|2|3|3 3|2|1|3 4|6|1|3', '1 2 4'],
    ['Play', 'state', '1|applied 2|applying_up 3|applying_down', '1'],
  ])('of %s, by %s: %s', (tool, columns, rows, expected) => {
    expect(new Set(columns.split(' ').filter(Boolean))).toEqual(new Set(outcomeColumnsOf(tool)))
    const names = namesOfRun(tool, rowsOf(columns, rows))
    expect([...names].sort()).toEqual(expected.split(' ').filter(Boolean).sort())
  })
})
