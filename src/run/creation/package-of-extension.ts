/** The Debian packages of common extensions; `%` stands for the major version of the server. */
const PACKAGES: Readonly<Record<string, string>> = {
  postgis: 'postgresql-%-postgis-3',
  vector: 'postgresql-%-pgvector',
  pg_partman: 'postgresql-%-partman',
  pg_cron: 'postgresql-%-cron',
  pg_repack: 'postgresql-%-repack',
  hypopg: 'postgresql-%-hypopg',
  rum: 'postgresql-%-rum',
  pgaudit: 'postgresql-%-pgaudit',
  pgrouting: 'postgresql-%-pgrouting',
  ip4r: 'postgresql-%-ip4r',
  hll: 'postgresql-%-hll',
  age: 'postgresql-%-age',
  pgtap: 'postgresql-%-pgtap',
  semver: 'postgresql-%-semver',
  wal2json: 'postgresql-%-wal2json',
  timescaledb: 'timescaledb-2-postgresql-%',
  plpython3u: 'postgresql-plpython3-%',
  plperl: 'postgresql-plperl-%',
  plperlu: 'postgresql-plperl-%',
  pltcl: 'postgresql-pltcl-%',
  pltclu: 'postgresql-pltcl-%',
}

/** Extensions that are in the package of another one. */
const FAMILIES: readonly (readonly [prefix: string, extension: string])[] = [
  ['postgis_', 'postgis'],
  ['address_standardizer', 'postgis'],
]

/** Extensions that are part of PostgreSQL, and that distributions put into a package of their own. */
const CONTRIB = new Set(
  `adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore
  insert_username intagg intarray isn lo ltree moddatetime pageinspect pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements pg_surgery
  pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple postgres_fdw refint seg sslinfo tablefunc tcn tsm_system_rows
  tsm_system_time unaccent uuid-ossp xml2`.split(/\s+/),
)

/** What to install, or to request from a host, to get an extension; with the names of Debian if they are known. */
export function packageOf(extension: string, serverVersion: number): string {
  const major = String(Math.floor(serverVersion / 10_000))
  if (CONTRIB.has(extension)) return `the extension ${extension}, of package postgresql-contrib`
  const [, family] = FAMILIES.find(([prefix]) => extension.startsWith(prefix)) ?? []
  const name = PACKAGES[family ?? extension]
  return name === undefined
    ? `the extension ${extension}`
    : `the extension ${extension}, of package ${name.replace('%', major)}`
}
