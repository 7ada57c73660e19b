/** How the table of a tool looks. All names are in lower case. */
export interface Shape {
  readonly tool: string
  /** Undefined where the columns alone are enough, as the table is called what its configuration says. */
  readonly table?: RegExp
  /** Where the name of the table alone says too little. */
  readonly schema?: RegExp
  readonly required: readonly string[]
  /** Of a table whose name an application might use, too: no others than these. */
  readonly columns?: ReadonlySet<string>
  readonly nameColumns: readonly string[]
}

/**
 * A table whose name few applications would choose: it has all required columns, which every version of the tool makes, or some of them
 * with the first and no others.
 */
function distinct(tool: string, table: string, required: string, nameColumns = ''): Shape {
  const name = new RegExp(`^(${table})$`)
  return { tool, table: name, required: words(required), nameColumns: words(nameColumns) }
}

/** A table of any name, with columns that no application has together. */
function unnamed(tool: string, required: string, optional: string, nameColumns: string): Shape {
  const columns = new Set([...words(required), ...words(optional)])
  return { tool, required: words(required), columns, nameColumns: words(nameColumns) }
}

/** A table whose name an application might choose: it has all required columns, perhaps optional ones, and no others. */
function exact(tool: string, table: string, required: string, optional: string, nameColumns = ''): Shape {
  const columns = new Set([...words(required), ...words(optional)])
  return { ...distinct(tool, table, required, nameColumns), columns }
}

/** Only in a schema of this name. */
function inSchema(schema: string, shape: Shape): Shape {
  return { ...shape, schema: new RegExp(`^(${schema})$`) }
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}

/** The columns of all tables of Sqitch. */
const SQITCH =
  'change_id script_hash change project note committed_at committer_name committer_email planned_at planner_name ' +
  'planner_email type dependency dependency_id event requires conflicts tags uri created_at creator_name creator_email ' +
  'version installed_at installer_name installer_email tag_id tag'

/** How the tables of all known tools look. The first that fits counts. */
export const SHAPES: readonly Shape[] = [
  // JavaScript and TypeScript
  // No application would choose this name.
  distinct('Prisma', '_prisma_migrations', 'id', 'migration_name'),
  distinct('Drizzle', '__drizzle_migrations', 'id hash created_at', 'created_at'),
  distinct('Knex', 'knex_migrations', 'name batch migration_time', 'name'),
  distinct('Knex', 'knex_migrations_lock', 'index is_locked'),
  distinct('Kysely', 'kysely_migration', 'name timestamp', 'name'),
  distinct('Kysely', 'kysely_migration_lock', 'id is_locked'),
  distinct('MikroORM', 'mikro_orm_migrations', 'name executed_at', 'name'),
  distinct('TypeORM', 'typeorm_metadata', 'type name value'),
  distinct('TypeORM', 'typeorm_migrations', 'timestamp name', 'name'),
  distinct('Sequelize', 'sequelize_?(meta|data)\\w*', 'name', 'name'),
  distinct('node-pg-migrate', 'pgmigrations', 'name run_on', 'name'),
  distinct('Payload', 'payload_migrations', 'name batch', 'name'),
  distinct('Strapi', 'strapi_migrations(_internal)?', 'name time', 'name'),
  distinct('Strapi', 'strapi_database_schema', 'schema hash'),
  distinct('Directus', 'directus_migrations', 'version name timestamp', 'version'),
  distinct('AdonisJS', 'adonis_schema', 'name batch migration_time', 'name'),
  distinct('AdonisJS', 'adonis_schema_versions', 'version'),
  distinct('RedwoodJS', 'rw_datamigration', 'version name startedat finishedat', 'version'),
  distinct('Umzug', 'umzug_?(migrations|meta)', 'name', 'name'),
  distinct('Medusa', 'script_migrations', 'script_name created_at finished_at', 'script_name'),
  distinct('Medusa', 'link_module_migrations', 'table_name link_descriptor', 'table_name'),
  exact('Postgrator', 'schemaversion', 'version name md5 run_at', '', 'version'),
  exact('TypeORM', 'migrations', 'timestamp name', 'id', 'name'),
  exact('db-migrate', 'migrations', 'name run_on', 'id', 'name'),
  exact('postgres-migrations', 'migrations', 'id name hash executed_at', '', 'name'),
  exact('Slonik', 'migrations?', 'name hash date', '', 'name'),
  exact('Graphile Worker', 'migrations', 'id ts', 'breaking', 'id'),
  inSchema(
    'graphile_migrate',
    exact('Graphile Migrate', 'migrations', 'hash filename', 'previous_hash date', 'filename'),
  ),
  inSchema('graphile_migrate', exact('Graphile Migrate', 'current', 'content', 'filename date')),
  exact('pg-boss', 'version', 'version cron_on', 'maintained_on monitored_on bam_on flow_on'),
  inSchema('pgboss', exact('pg-boss', 'version', 'version', 'maintained_on monitored_on bam_on flow_on')),
  // PHP
  exact('Laravel', 'migrations', 'migration batch', 'id', 'migration'),
  exact('CodeIgniter', 'migrations', 'version class', 'id group namespace time batch', 'version'),
  exact('Craft CMS', 'migrations', 'track name applytime', 'id datecreated dateupdated uid', 'name'),
  exact('Yii', 'migration', 'version apply_time', '', 'version'),
  distinct('Doctrine', 'doctrine_migration_versions', 'version executed_at', 'version'),
  exact('Doctrine', 'migration_versions', 'version', 'executed_at execution_time', 'version'),
  distinct('Phinx', '(.+_)?phinxlog', 'version start_time end_time', 'version'),
  distinct('CakePHP', 'cake_migrations', 'version migration_name start_time end_time', 'version'),
  exact('Cycle', 'migrations', 'migration time_executed', 'id created_at', 'migration'),
  exact('Nextras', 'migrations', 'group file checksum executed', 'id ready', 'group file'),
  exact('Nextcloud', '(.+_)?migrations', 'app version', '', 'app version'),
  distinct('October CMS', 'system_plugin_versions', 'code version', 'code version'),
  distinct('October CMS', 'system_plugin_history', 'code type version detail'),
  // Ruby
  exact('Rails or dbmate', 'schema_migrations', 'version', '', 'version'),
  exact('Rails', 'ar_internal_metadata', 'key value', 'created_at updated_at'),
  exact('data_migrate', 'data_migrations', 'version', '', 'version'),
  exact('Sequel', 'schema_migrations', 'filename', '', 'filename'),
  exact('Sequel', 'schema_info', 'version', '', 'version'),
  distinct('Discourse', 'schema_migration_details', 'version hostname git_version rails_version', 'version'),
  // Elixir, Go, Rust
  exact('Ecto', 'schema_migrations', 'version inserted_at', '', 'version'),
  exact('golang-migrate', '(.+_)?schema_migrations', 'version dirty', '', 'version'),
  distinct('goose', 'goose_db_version', 'version_id is_applied tstamp', 'version_id'),
  distinct('sql-migrate', 'gorp_migrations', 'id applied_at', 'id'),
  distinct('River', 'river_migration', 'version created_at', 'version'),
  distinct('Darwin', 'darwin_migrations', 'version checksum applied_at', 'version'),
  exact('Rambler', 'migrations', 'migration', '', 'migration'),
  exact('ley', 'migrations', 'id name created_at', '', 'name'),
  exact('Marv', 'migrations', 'level checksum', 'comment timestamp namespace', 'level'),
  exact('Avram', 'migrations', 'id version', '', 'version'),
  exact('Jennifer', 'migration_versions', 'id version', '', 'version'),
  distinct('Bun', 'bun_migrations', 'name group_id migrated_at', 'name'),
  distinct('Bun', 'bun_migration_locks', 'id table_name'),
  distinct('go-pg', 'gopg_migrations', 'version created_at', 'version'),
  exact('gormigrate', 'migrations', 'id', '', 'id'),
  exact('Pop', 'schema_migrations?', 'version', 'version_self', 'version'),
  exact('tern', 'schema_version', 'version', '', 'version'),
  distinct(
    'Atlas',
    'atlas_schema_revisions',
    'version description type applied total executed_at',
    'version',
  ),
  distinct('sqlx', '_sqlx_migrations', 'version description installed_on success checksum', 'version'),
  distinct('SeaORM', 'seaql_migrations', 'version applied_at', 'version'),
  distinct('Diesel', '__diesel_schema_migrations', 'version run_on', 'version'),
  distinct('Refinery', 'refinery_schema_history', 'version name applied_on checksum', 'version'),
  // Python
  distinct('Django', 'django_migrations', 'app name applied', 'app name'),
  distinct('Alembic', 'alembic_version', 'version_num', 'version_num'),
  distinct('yoyo', '_yoyo_migration', 'migration_hash migration_id', 'migration_id'),
  distinct('yoyo', '_yoyo_migration', 'id ctime', 'id'),
  distinct('yoyo', '_yoyo_log', 'migration_hash migration_id operation'),
  distinct('yoyo', '_yoyo_version', 'version installed_at_utc'),
  distinct('yoyo', 'yoyo_lock', 'locked ctime pid'),
  exact(
    'SQLAlchemy Migrate',
    'migrate_version',
    'repository_id repository_path version',
    '',
    'repository_id version',
  ),
  exact('peewee', 'migratehistory', 'name migrated_at', 'id', 'name'),
  exact('Aerich', 'aerich', 'version app', 'id content', 'version'),
  exact('Piccolo', 'migration', 'name app_name ran_on', 'id', 'name'),
  // Java and .NET
  distinct('Flyway', 'flyway_schema_history', 'installed_rank version description type script', 'script'),
  exact(
    'Flyway',
    'schema_version',
    'installed_rank',
    'version description type script version_rank checksum installed_by installed_on execution_time success',
    'script',
  ),
  distinct('Liquibase', 'databasechangelog', 'id author filename dateexecuted orderexecuted', 'author id'),
  distinct('Liquibase', 'databasechangeloglock', 'id locked lockgranted lockedby'),
  distinct('Keycloak', 'migration_model', 'version update_time', 'version'),
  distinct('Camunda', 'act_ge_schema_log', 'version_ timestamp_', 'version_'),
  exact(
    'dbdeploy',
    'changelog',
    'change_number complete_dt applied_by description',
    'delta_set',
    'change_number',
  ),
  exact('MyBatis', 'changelog', 'id applied_at description', '', 'id'),
  exact(
    'Evolve',
    'changelog',
    'version description checksum',
    'id type name installed_by installed_on success',
    'version',
  ),
  exact(
    'Play',
    'play_evolutions',
    'id hash',
    'applied_at apply_script revert_script state last_problem',
    'id',
  ),
  distinct('Ragtime', 'ragtime_migrations', 'id created_at', 'id'),
  exact('Migratus', 'schema_migrations', 'id applied', 'description', 'id'),
  distinct('Entity Framework', '__ef_?migrations_?history', 'migrationid productversion', 'migrationid'),
  distinct('Entity Framework', '__ef_?migrations_?history', 'migration_id product_version', 'migration_id'),
  distinct('Entity Framework', '__migrationhistory', 'migrationid model productversion', 'migrationid'),
  exact('FluentMigrator', 'version_?info', 'version', 'appliedon applied_on description', 'version'),
  distinct('grate or RoundhousE', 'scriptsrun(errors)?', 'script_name text_of_script', 'script_name'),
  inSchema(
    'grate|roundhouse',
    exact(
      'grate or RoundhousE',
      'version',
      'repository_path version',
      'id entry_date modified_date entered_by status',
      'version',
    ),
  ),
  distinct('Yuniql', '__yuniql_?(db|schema)_?version', 'version applied_on_utc', 'version'),
  inSchema('hangfire', exact('Hangfire', 'schema', 'version', '', 'version')),
  exact('DbUp', 'schemaversions', 'scriptname applied', 'schemaversionsid id', 'scriptname'),
  // Perl, Haskell
  distinct('DBIx::Class', 'dbix_class_schema_versions', 'version installed', 'version'),
  distinct('DBIx::Class', 'dbix_class_deploymenthandler_versions', 'version ddl upgrade_sql', 'version'),
  distinct('Mojo::Pg', 'mojo_migrations', 'name version', 'name version'),
  exact('postgresql-migration', 'schema_migrations', 'filename checksum executed_at', '', 'filename'),
  // Of databases themselves, and of services
  exact(
    'Supabase CLI',
    'schema_migrations',
    'version statements',
    'name created_by idempotency_key rollback',
    'version',
  ),
  inSchema('supabase_migrations', exact('Supabase CLI', 'seed_files', 'path hash', '')),
  exact('Supabase', 'migrations', 'version inserted_at', '', 'version'),
  inSchema(
    'hdb_catalog',
    exact(
      'Hasura',
      'hdb_\\w+|migration_settings|schema_migrations|event_log|event_invocation_logs',
      '',
      'hasura_uuid version upgraded_on cli_state console_state ee_client_id ee_client_secret id metadata resource_version ' +
        'notification updated_at instance_id setting value dirty schema_name table_name trigger_name payload delivered error ' +
        'tries created_at locked next_retry_at archived trace_context event_id status request response action_name ' +
        'input_payload request_headers session_variables response_payload errors response_received_at scheduled_time ' +
        'webhook_conf header_conf retry_conf comment last_used_at',
    ),
  ),
  inSchema('_?sqitch', exact('Sqitch', 'changes', '', SQITCH, 'change')),
  // Failed and reverted changes are events, too.
  inSchema('_?sqitch', exact('Sqitch', 'dependencies|events|projects|releases|tags', '', SQITCH)),
  inSchema(
    'pgroll',
    exact(
      'pgroll',
      'migrations|pgroll_version',
      '',
      'schema name migration created_at updated_at parent done resulting_schema migration_type version initialized_at',
      'name',
    ),
  ),
  inSchema(
    'reshape',
    exact('Reshape', 'migrations', 'index description actions completed_at', '', 'description'),
  ),
  exact(
    'Temporal',
    'schema_version',
    'version_partition db_name creation_time curr_version min_compatible_version',
    '',
  ),
  exact(
    'Temporal',
    'schema_update_history',
    'version_partition year month update_time description manifest_md5 new_version old_version',
    '',
  ),
  distinct('Vapor', '_fluent_migrations', 'name batch', 'name'),
  exact('Mattermost', 'db_migrations', 'version name', '', 'name'),
  exact('Grafana', 'migration_log', 'migration_id', 'id sql success error timestamp', 'migration_id'),
  // Under a name of their configuration
  unnamed(
    'Flyway',
    'installed_rank version description type script checksum installed_by installed_on execution_time success',
    '',
    'script',
  ),
  unnamed(
    'Liquibase',
    'id author filename dateexecuted orderexecuted exectype md5sum',
    'description comments tag liquibase contexts labels deployment_id',
    'author id',
  ),
  unnamed('Knex', 'id name batch migration_time', '', 'name'),
  unnamed('Knex', 'index is_locked', '', ''),
  unnamed('Phinx', 'version migration_name start_time end_time breakpoint', '', 'version'),
  unnamed('goose', 'id version_id is_applied tstamp', '', 'version_id'),
  unnamed('Alembic', 'version_num', '', 'version_num'),
  unnamed('golang-migrate', 'version dirty', '', 'version'),
  unnamed('sqlx', 'version description installed_on success checksum execution_time', '', 'version'),
  unnamed('Entity Framework', 'migrationid productversion', '', 'migrationid'),
  unnamed('Entity Framework', 'migration_id product_version', '', 'migration_id'),
]
