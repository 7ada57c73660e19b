/** What is known of where a relation stands, and whose it is. */
export interface Standing {
  readonly schema: string
  /** The role that owns the relation. */
  readonly owner: string
  readonly isOwnerSuperuser: boolean
  readonly schemaOwner: string
  /** The extension that made the schema, if one did. */
  readonly schemaExtension: string | undefined
  /** Extensions that are installed in the schema. */
  readonly extensions: readonly string[]
}

/** A host of PostgreSQL. */
interface Platform {
  readonly name: string
  /** Its schemas in the databases of customers, and the roles that own them, which no customer can become. */
  readonly schemas?: RegExp
  readonly roles?: RegExp
  /** Roles whose existence shows that a server is its. */
  readonly marks: readonly string[]
  /** How a customer may come to set session_replication_role, if at all. */
  readonly replicaRole?: string
  /** How a customer may come to read the host's own tables, if at all. */
  readonly reading?: string
}

/**
 * Whose a relation is, if it belongs to a host or an extension and not to the customer. The name of a schema is no evidence by itself: a
 * table must be owned by a role of the host, or by a superuser in a schema of the host, or the schema must be an extension's.
 */
export function platformOf(standing: Standing): string | undefined {
  const { schema, owner, isOwnerSuperuser, schemaOwner, schemaExtension, extensions } = standing
  // What a host's console has made there is the customer's, whoever owns it.
  if (schema === 'public') return undefined
  if (schemaExtension !== undefined) return `the extension ${schemaExtension}`
  const home = HOMES.find((each) => each.schemas.test(schema) && extensions.includes(each.extension))
  if (home !== undefined) return `the extension ${home.extension}`
  const owners = isOwnerSuperuser ? [owner, schemaOwner] : [owner]
  return PLATFORMS.find(
    ({ schemas, roles }) => schemas?.test(schema) && owners.some((role) => roles?.test(role)),
  )?.name
}

/** What a customer must know of the host of a server. */
export interface ServerPlatform {
  readonly name: string
  /** How a customer may come to set session_replication_role; undefined where none can. */
  readonly replicaRole: string | undefined
  /** How a customer may come to read the host's own tables; undefined where none can. */
  readonly reading?: string | undefined
}

/** The host of a server that has these of {@link PLATFORM_MARKS} among its roles; undefined for a server of one's own. */
export function serverPlatform(roles: readonly string[]): ServerPlatform | undefined {
  const found = PLATFORMS.find(({ marks }) => marks.some((mark) => roles.includes(mark)))
  return found && { name: found.name, replicaRole: found.replicaRole, reading: found.reading }
}

const PLATFORMS: readonly Platform[] = [
  {
    name: 'Supabase',
    schemas:
      /^(auth|storage|vault|extensions|cron|net|pgsodium|pgsodium_masks|pgbouncer|pgtle|graphql|graphql_public|_?realtime|_?analytics|_supavisor|_?supabase_.+)$/,
    roles: /^(supabase_.+|pgbouncer|dashboard_user)$/,
    marks: ['supabase_admin'],
    replicaRole: 'On Supabase the role `postgres` may set it: use it in the URL of the target.',
    reading: 'On Supabase the role `postgres` may read it: use it, or let it GRANT pg_read_all_data TO',
  },
  {
    name: 'Neon',
    schemas: /^(neon|neon_.+|_neon.*)$/,
    roles: /^(cloud_admin|zenith_admin|neon_superuser|neon_auth.*|neon_service.*)$/,
    marks: ['neon_superuser', 'cloud_admin'],
  },
  {
    name: 'Heroku',
    schemas: /^(_heroku|heroku_.+)$/,
    roles: /^(postgres|_?heroku.*)$/,
    marks: ['heroku_admin'],
  },
  {
    name: 'Amazon RDS',
    schemas: /^(rdsadmin|rds_.+|aws_.+|awsdms_.+|apg_plan_mgmt)$/,
    roles: /^(rdsadmin|rds_.+|rdsrepladmin|rdstopmgr)$/,
    marks: ['rdsadmin', 'rds_superuser'],
    replicaRole:
      'On Amazon RDS the master user can GRANT SET ON PARAMETER session_replication_role TO the role (PostgreSQL 15 or later), which is faster and can do more.',
  },
  {
    name: 'Google Cloud',
    schemas: /^(google_.+|alloydb_.+|cloudsql.*)$/,
    roles: /^(cloudsql.+|alloydb.+)$/,
    marks: ['cloudsqladmin', 'alloydbadmin'],
  },
  {
    name: 'Azure',
    schemas: /^(azure|azure_.+|_?azure.+|cron)$/,
    roles: /^(azuresu|azure_superuser)$/,
    marks: ['azuresu', 'azure_superuser'],
    replicaRole:
      'On Azure the administrator, a member of azure_pg_admin with REPLICATION, may set it: use it in the URL of the target.',
  },
  {
    name: 'Aiven',
    schemas: /^(_?aiven.*)$/,
    roles: /^(_aiven|postgres|aiven_.+)$/,
    marks: ['_aiven', 'avnadmin'],
  },
  {
    name: 'Crunchy',
    schemas: /^(monitor|pgbouncer|pgmonitor_ext|crunchy_.+)$/,
    roles: /^(ccp_monitoring|_?crunchy.+)$/,
    marks: ['crunchy_superuser', '_crunchyrepl'],
  },
  {
    name: 'Timescale',
    schemas: /^(_?timescaledb_.+|timescale_.+|toolkit_experimental)$/,
    roles: /^(postgres|timescale.+|tsdbowner)$/,
    marks: ['tsdbadmin'],
  },
  {
    name: 'Nhost',
    schemas: /^(auth|storage|pgbouncer)$/,
    roles: /^nhost_.+$/,
    marks: ['nhost_hasura', 'nhost_auth_admin'],
  },
  { name: 'DigitalOcean', marks: ['doadmin'] },
]

/** The roles to look for in a server: see {@link serverPlatform}. */
export const PLATFORM_MARKS = PLATFORMS.flatMap(({ marks }) => marks)

/** Schemas that are made for an extension, which keeps tables there that are not its members. */
const HOMES: readonly { readonly extension: string; readonly schemas: RegExp }[] = [
  { extension: 'pg_partman', schemas: /^partman$/ },
  { extension: 'pg_cron', schemas: /^cron$/ },
  { extension: 'postgis_tiger_geocoder', schemas: /^tiger(_data|_staging)?$/ },
  { extension: 'postgis_topology', schemas: /^topology$/ },
  { extension: 'timescaledb', schemas: /^_?timescaledb_.+$/ },
]
