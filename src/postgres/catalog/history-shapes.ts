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
function distinct(tool: string, table: string, columns: string): Shape {
  const { required, nameColumns } = unnamed(tool, columns)
  return { tool, table: new RegExp(`^(${table})$`), required, nameColumns }
}

/** A table whose name an application might choose: it has the required columns, perhaps those that follow after `|`, and no others. */
function exact(tool: string, table: string, columns: string): Shape {
  return { ...unnamed(tool, columns), table: new RegExp(`^(${table})$`) }
}

/**
 * A table of any name, with columns that no application has together: the required ones, and perhaps those that follow after `|`. Those
 * with `*` name a migration.
 */
function unnamed(tool: string, text: string): Shape {
  const [required = [], optional = []] = text.replaceAll('*', '').split('|').map(words)
  const named = words(text).filter((word) => word.startsWith('*'))
  const columns = new Set([...required, ...optional])
  return { tool, required, columns, nameColumns: named.map((word) => word.slice(1)) }
}

/** Only in a schema of this name. */
function inSchema(schema: string, shape: Shape): Shape {
  return { ...shape, schema: new RegExp(`^(${schema})$`) }
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}

/** The columns of all tables of Sqitch, besides `change`. */
const SQITCH =
  'change_id script_hash project note committed_at committer_name committer_email planned_at planner_name ' +
  'planner_email type dependency dependency_id event requires conflicts tags uri created_at creator_name creator_email ' +
  'version installed_at installer_name installer_email tag_id tag'

/** How the tables of all known tools look. The first that fits counts. */
export const SHAPES: readonly Shape[] = [
  // JavaScript and TypeScript
  // No application would choose this name.
  distinct('Prisma', '_prisma_migrations', 'id | *migration_name'),
  distinct('Drizzle', '__drizzle_migrations', 'id hash *created_at'),
  distinct('Knex', 'knex_migrations', '*name batch migration_time'),
  distinct('Knex', 'knex_migrations_lock', 'index is_locked'),
  distinct('Kysely', 'kysely_migration', '*name timestamp'),
  distinct('Kysely', 'kysely_migration_lock', 'id is_locked'),
  distinct('MikroORM', 'mikro_orm_migrations', '*name executed_at'),
  distinct('TypeORM', 'typeorm_metadata', 'type name value'),
  distinct('TypeORM', 'typeorm_migrations', 'timestamp *name'),
  distinct('Sequelize', 'sequelize_?(meta|data)\\w*', '*name'),
  distinct('node-pg-migrate', 'pgmigrations', '*name run_on'),
  distinct('Payload', 'payload_migrations', '*name batch'),
  distinct('Strapi', 'strapi_migrations(_internal)?', '*name time'),
  distinct('Strapi', 'strapi_database_schema', 'schema hash'),
  distinct('Directus', 'directus_migrations', '*version name timestamp'),
  distinct('AdonisJS', 'adonis_schema', '*name batch migration_time'),
  distinct('AdonisJS', 'adonis_schema_versions', 'version'),
  distinct('RedwoodJS', 'rw_datamigration', '*version name startedat finishedat'),
  distinct('Umzug', 'umzug_?(migrations|meta)', '*name'),
  distinct('Medusa', 'script_migrations', '*script_name created_at finished_at'),
  distinct('Medusa', 'link_module_migrations', '*table_name link_descriptor'),
  exact('Postgrator', 'schemaversion', '*version name md5 run_at'),
  exact('TypeORM', 'migrations', 'timestamp *name | id'),
  exact('db-migrate', 'migrations', '*name run_on | id'),
  exact('postgres-migrations', 'migrations', 'id *name hash executed_at'),
  exact('Slonik', 'migrations?', '*name hash date'),
  exact('Graphile Worker', 'migrations', '*id ts | breaking'),
  inSchema(
    'graphile_migrate',
    exact('Graphile Migrate', 'migrations', 'hash *filename | previous_hash date'),
  ),
  inSchema('graphile_migrate', exact('Graphile Migrate', 'current', 'content | filename date')),
  exact('pg-boss', 'version', 'version cron_on | maintained_on monitored_on bam_on flow_on'),
  inSchema('pgboss', exact('pg-boss', 'version', 'version | maintained_on monitored_on bam_on flow_on')),
  // PHP
  exact('Laravel', 'migrations', '*migration batch | id'),
  exact('CodeIgniter', 'migrations', '*version class | id group namespace time batch'),
  exact('Craft CMS', 'migrations', 'track *name applytime | id datecreated dateupdated uid'),
  exact('Yii', 'migration', '*version apply_time'),
  distinct('Doctrine', 'doctrine_migration_versions', '*version executed_at'),
  exact('Doctrine', 'migration_versions', '*version | executed_at execution_time'),
  distinct('Phinx', '(.+_)?phinxlog', '*version start_time end_time'),
  distinct('CakePHP', 'cake_migrations', '*version migration_name start_time end_time'),
  exact('Cycle', 'migrations', '*migration time_executed | id created_at'),
  exact('Nextras', 'migrations', '*group *file checksum executed | id ready'),
  exact('Nextcloud', '(.+_)?migrations', '*app *version'),
  distinct('October CMS', 'system_plugin_versions', '*code *version'),
  distinct('October CMS', 'system_plugin_history', 'code type version detail'),
  // Ruby
  exact('Rails or dbmate', 'schema_migrations', '*version'),
  exact('Rails', 'ar_internal_metadata', 'key value | created_at updated_at'),
  exact('data_migrate', 'data_migrations', '*version'),
  exact('Sequel', 'schema_migrations', '*filename'),
  exact('Sequel', 'schema_info', '*version'),
  distinct('Discourse', 'schema_migration_details', '*version hostname git_version rails_version'),
  // Elixir, Go, Rust
  exact('Ecto', 'schema_migrations', '*version inserted_at'),
  exact('golang-migrate', '(.+_)?schema_migrations', '*version dirty'),
  distinct('goose', 'goose_db_version', '*version_id is_applied tstamp'),
  distinct('sql-migrate', 'gorp_migrations', '*id applied_at'),
  distinct('River', 'river_migration', '*version created_at'),
  distinct('Darwin', 'darwin_migrations', '*version checksum applied_at'),
  exact('Rambler', 'migrations', '*migration'),
  exact('ley', 'migrations', 'id *name created_at'),
  exact('Marv', 'migrations', '*level checksum | comment timestamp namespace'),
  exact('Avram', 'migrations', 'id *version'),
  exact('Jennifer', 'migration_versions', 'id *version'),
  distinct('Bun', 'bun_migrations', '*name group_id migrated_at'),
  distinct('Bun', 'bun_migration_locks', 'id table_name'),
  distinct('go-pg', 'gopg_migrations', '*version created_at'),
  exact('gormigrate', 'migrations', '*id'),
  exact('Pop', 'schema_migrations?', '*version | version_self'),
  exact('tern', 'schema_version', '*version'),
  distinct('Atlas', 'atlas_schema_revisions', '*version description type applied total executed_at'),
  distinct('sqlx', '_sqlx_migrations', '*version description installed_on success checksum'),
  distinct('SeaORM', 'seaql_migrations', '*version applied_at'),
  distinct('Diesel', '__diesel_schema_migrations', '*version run_on'),
  distinct('Refinery', 'refinery_schema_history', '*version name applied_on checksum'),
  // Python
  distinct('Django', 'django_migrations', '*app *name applied'),
  distinct('Alembic', 'alembic_version', '*version_num'),
  distinct('yoyo', '_yoyo_migration', 'migration_hash *migration_id'),
  distinct('yoyo', '_yoyo_migration', '*id ctime'),
  distinct('yoyo', '_yoyo_log', 'migration_hash migration_id operation'),
  distinct('yoyo', '_yoyo_version', 'version installed_at_utc'),
  distinct('yoyo', 'yoyo_lock', 'locked ctime pid'),
  exact('SQLAlchemy Migrate', 'migrate_version', '*repository_id repository_path *version'),
  exact('peewee', 'migratehistory', '*name migrated_at | id'),
  exact('Aerich', 'aerich', '*version app | id content'),
  exact('Piccolo', 'migration', '*name app_name ran_on | id'),
  // Java and .NET
  distinct('Flyway', 'flyway_schema_history', 'installed_rank version description type *script'),
  exact(
    'Flyway',
    'schema_version',
    'installed_rank | version description type *script version_rank checksum installed_by installed_on execution_time success',
  ),
  distinct('Liquibase', 'databasechangelog', '*author *id filename dateexecuted orderexecuted'),
  distinct('Liquibase', 'databasechangeloglock', 'id locked lockgranted lockedby'),
  distinct('Keycloak', 'migration_model', '*version update_time'),
  distinct('Camunda', 'act_ge_schema_log', '*version_ timestamp_'),
  exact('dbdeploy', 'changelog', '*change_number complete_dt applied_by description | delta_set'),
  exact('MyBatis', 'changelog', '*id applied_at description'),
  exact(
    'Evolve',
    'changelog',
    '*version description checksum | id type name installed_by installed_on success',
  ),
  exact('Play', 'play_evolutions', '*id hash | applied_at apply_script revert_script state last_problem'),
  distinct('Ragtime', 'ragtime_migrations', '*id created_at'),
  exact('Migratus', 'schema_migrations', '*id applied | description'),
  distinct('Entity Framework', '__ef_?migrations_?history', '*migrationid productversion'),
  distinct('Entity Framework', '__ef_?migrations_?history', '*migration_id product_version'),
  distinct('Entity Framework', '__migrationhistory', '*migrationid model productversion'),
  exact('FluentMigrator', 'version_?info', '*version | appliedon applied_on description'),
  distinct('grate or RoundhousE', 'scriptsrun(errors)?', '*script_name text_of_script'),
  inSchema(
    'grate|roundhouse',
    exact(
      'grate or RoundhousE',
      'version',
      'repository_path *version | id entry_date modified_date entered_by status',
    ),
  ),
  distinct('Yuniql', '__yuniql_?(db|schema)_?version', '*version applied_on_utc'),
  inSchema('hangfire', exact('Hangfire', 'schema', '*version')),
  exact('DbUp', 'schemaversions', '*scriptname applied | schemaversionsid id'),
  // Perl, Haskell
  distinct('DBIx::Class', 'dbix_class_schema_versions', '*version installed'),
  distinct('DBIx::Class', 'dbix_class_deploymenthandler_versions', '*version ddl upgrade_sql'),
  distinct('Mojo::Pg', 'mojo_migrations', '*name *version'),
  exact('postgresql-migration', 'schema_migrations', '*filename checksum executed_at'),
  // Of databases themselves, and of services
  exact(
    'Supabase CLI',
    'schema_migrations',
    '*version statements | name created_by idempotency_key rollback',
  ),
  inSchema('supabase_migrations', exact('Supabase CLI', 'seed_files', 'path hash')),
  exact('Supabase', 'migrations', '*version inserted_at'),
  inSchema(
    'hdb_catalog',
    exact(
      'Hasura',
      'hdb_\\w+|migration_settings|schema_migrations|event_log|event_invocation_logs',
      '| hasura_uuid version upgraded_on cli_state console_state ee_client_id ee_client_secret id metadata resource_version ' +
        'notification updated_at instance_id setting value dirty schema_name table_name trigger_name payload delivered error ' +
        'tries created_at locked next_retry_at archived trace_context event_id status request response action_name ' +
        'input_payload request_headers session_variables response_payload errors response_received_at scheduled_time ' +
        'webhook_conf header_conf retry_conf comment last_used_at',
    ),
  ),
  inSchema('_?sqitch', exact('Sqitch', 'changes', `| *change ${SQITCH}`)),
  // Failed and reverted changes are events, too.
  inSchema('_?sqitch', exact('Sqitch', 'dependencies|events|projects|releases|tags', `| change ${SQITCH}`)),
  inSchema(
    'pgroll',
    exact(
      'pgroll',
      'migrations|pgroll_version',
      '| schema *name migration created_at updated_at parent done resulting_schema migration_type version initialized_at',
    ),
  ),
  inSchema('reshape', exact('Reshape', 'migrations', 'index *description actions completed_at')),
  exact(
    'Temporal',
    'schema_version',
    'version_partition db_name creation_time curr_version min_compatible_version',
  ),
  exact(
    'Temporal',
    'schema_update_history',
    'version_partition year month update_time description manifest_md5 new_version old_version',
  ),
  distinct('Vapor', '_fluent_migrations', '*name batch'),
  exact('Mattermost', 'db_migrations', 'version *name'),
  exact('Grafana', 'migration_log', '*migration_id | id sql success error timestamp'),
  // Under a name of their configuration
  unnamed(
    'Flyway',
    'installed_rank version description type *script checksum installed_by installed_on execution_time success',
  ),
  unnamed(
    'Liquibase',
    '*author *id filename dateexecuted orderexecuted exectype md5sum | description comments tag liquibase contexts labels deployment_id',
  ),
  unnamed('Knex', 'id *name batch migration_time'),
  unnamed('Knex', 'index is_locked'),
  unnamed('Phinx', '*version migration_name start_time end_time breakpoint'),
  unnamed('goose', 'id *version_id is_applied tstamp'),
  unnamed('Alembic', '*version_num'),
  unnamed('golang-migrate', '*version dirty'),
  unnamed('sqlx', '*version description installed_on success checksum execution_time'),
  unnamed('Entity Framework', '*migrationid productversion'),
  unnamed('Entity Framework', '*migration_id product_version'),
]
