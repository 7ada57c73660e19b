import { countOf } from '../core/count-of.ts'
import { RefusedError } from '../core/errors.ts'
import { callsOthersSql } from '../postgres/catalog/calls-others.ts'
import { OWN_SCHEMAS } from '../postgres/catalog/list-relations.ts'
import { isTrustedRoleSql, type RoleTrust } from '../postgres/catalog/trusted-role.ts'
import { handOverSql } from '../postgres/hand-over-state.ts'
import type { Session } from '../postgres/session.ts'

/**
 * Refuses schemas of mbsync that a role beyond its trust has made, or could put code into: whatever is read from them or written to them
 * would run that code with mbsync's rights. Call it before anything else is asked of them. Reads catalogs alone and changes nothing.
 * @param tables the tables of schema `mbsync`
 * @throws RefusedError naming the first object that is not as mbsync makes it, and listing all of them
 */
export async function refuseUntrustedState(session: Session, tables: readonly string[]): Promise<void> {
  const asked = [OWN_SCHEMAS, tables]
  const { suspect } = await session.queryOne<{ suspect: boolean }>(suspectStateSql(session), asked)
  if (!suspect) return
  const found = await session.query<{ object: string; problem: string }>(untrustedObjectsSql(session), asked)
  const [first] = found
  if (first === undefined) return
  const { role } = await session.queryOne<{ role: string }>('SELECT current_user::text AS role')
  const more = found.length === 1 ? '' : ` (and ${countOf(found.length - 1, 'more object')})`
  throw new RefusedError(
    `${session.database}: the schemas of mbsync cannot be trusted: ${first.object} ${first.problem}${more}`,
    {
      findings: found.slice(0, MOST_LISTED).map(({ object, problem }) => ({
        severity: 'error',
        subject: object,
        message: problem,
      })),
      hint: `Nothing has been read from these schemas or changed. Find out who made this. If an earlier role of mbsync did: use it again, with options=-c%20role%3D<role> in the URL where it was used so; or, as a superuser, make mbsync's present role the owner: ${handOverSql(role)} Revoke privileges and drop objects that do not belong there. If in doubt, as a superuser: DROP SCHEMA IF EXISTS mbsync, mbsync_landing, mbsync_undo CASCADE; this loses the history of runs, what rollback needs and what is known of search indexes, and the next run reads every table in full.`,
    },
  )
}

/** A list of all tables of a state would hide what is to be done. */
const MOST_LISTED = 10

/**
 * A SELECT of `object` and `problem` for all that could run code of others where mbsync reads or writes its own schemas: what belongs to a
 * role that could not become the current one anyway, what such a role may write or add to, and what mbsync itself never makes, as a
 * former owner may have left it there. $1 are the names of the schemas, $2 those of the tables of schema `mbsync`.
 */
function untrustedObjectsSql(trust: RoleTrust): string {
  const { isTrusted, opened } = trustSql(trust)
  const ownedBy = (role: string) =>
    `'belongs to role ' || quote_ident(pg_get_userbyid(${role})) || ', which mbsync must not trust'`
  return `
WITH own AS (
  SELECT n.oid, n.nspname AS schema, n.nspowner AS owner, n.nspacl AS acl, ${opened('n.nspacl', ['USAGE', 'CREATE'])} AS is_entered
  FROM pg_namespace n WHERE n.nspname = ANY ($1::text[])
), rel AS (
  SELECT c.oid, own.schema, own.is_entered, c.relowner AS owner, c.relkind AS kind, c.relacl AS acl, c.reloftype AS of_type,
    c.relrowsecurity OR c.relforcerowsecurity AS has_policies, quote_ident(own.schema) || '.' || quote_ident(c.relname) AS object,
    CASE WHEN own.schema = 'mbsync' THEN c.relname = ANY ($2::text[]) ELSE c.relkind NOT IN ('i', 'S', 'c') END AS is_table
  FROM pg_class c JOIN own ON own.oid = c.relnamespace
), owned AS (
  ${OWNED.map(ownersOf).join(' UNION ALL\n  ')}
), code AS (
  SELECT 'pg_attrdef'::regclass AS class, d.oid, rel.object, rel.schema, 'the default of a column' AS what FROM pg_attrdef d JOIN rel ON rel.oid = d.adrelid
  UNION ALL SELECT 'pg_constraint'::regclass, k.oid, rel.object, rel.schema, 'a constraint' FROM pg_constraint k JOIN rel ON rel.oid = k.conrelid
  UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, rel.object, rel.schema, 'statistics' FROM pg_statistic_ext s JOIN rel ON rel.oid = s.stxrelid
  UNION ALL SELECT 'pg_class'::regclass, rel.oid, rel.object, rel.schema, CASE rel.kind WHEN 'i' THEN 'an index' ELSE 'a column' END FROM rel
  WHERE rel.kind IN ('r', 'i')
), found AS (
  SELECT 1 AS rank, 'schema ' || schema AS object, ${ownedBy('owner')} AS problem FROM own WHERE NOT ${isTrusted('owner')}
  UNION ALL
  SELECT 2, 'schema ' || schema, 'lets a role that mbsync must not trust create objects in it' FROM own WHERE ${opened('acl', ['CREATE'])}
  UNION ALL
  SELECT 3, object, ${ownedBy('owner')} FROM rel WHERE kind <> 'i' AND NOT ${isTrusted('owner')}
  UNION ALL
  SELECT 3, pg_describe_object(o.class, o.oid, 0), ${ownedBy('o.owner')} FROM owned o JOIN own ON own.oid = o.namespace
  WHERE NOT ${isTrusted('o.owner')} AND NOT EXISTS (
    SELECT FROM pg_type t WHERE o.class = 'pg_type'::regclass AND t.oid = o.oid AND (t.typrelid <> 0 OR t.typelem <> 0))
  UNION ALL
  SELECT 4, object, CASE kind WHEN 'v' THEN 'is a view' WHEN 'm' THEN 'is a materialized view' WHEN 'f' THEN 'is a foreign table'
    ELSE 'is not an ordinary table' END FROM rel WHERE is_table AND (kind <> 'r' OR of_type <> 0)
  UNION ALL
  SELECT 5, rel.object, 'has the trigger ' || quote_ident(t.tgname) FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid WHERE NOT t.tgisinternal
  UNION ALL
  SELECT 5, rel.object, 'has the rule ' || quote_ident(r.rulename) FROM pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE rel.kind = 'r'
  UNION ALL
  SELECT 5, rel.object, 'has the policy ' || quote_ident(p.polname) FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
  UNION ALL
  SELECT 5, object, 'has row-level security' FROM rel WHERE has_policies
  UNION ALL
  SELECT 5, rel.object, 'inherits from, or is inherited by, another table' FROM pg_inherits i JOIN rel ON rel.oid IN (i.inhrelid, i.inhparent)
  WHERE rel.kind IN ('r', 'p', 'f')
  UNION ALL
  SELECT 5, rel.object, 'is referenced by the foreign key ' || quote_ident(k.conname) || ' of a table outside' FROM pg_constraint k
  JOIN rel ON rel.oid = k.confrelid WHERE k.contype = 'f' AND NOT EXISTS (SELECT FROM rel AS child WHERE child.oid = k.conrelid)
  UNION ALL
  SELECT 6, rel.object, 'has the generated column ' || quote_ident(a.attname) FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid
  WHERE rel.kind = 'r' AND a.attgenerated <> '' AND NOT a.attisdropped
  UNION ALL
  SELECT 6, rel.object, 'has the column ' || quote_ident(a.attname) || ' of a domain' FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid WHERE rel.kind = 'r' AND t.typtype = 'd' AND NOT a.attisdropped
  UNION ALL
  SELECT 6, rel.object, 'has a default that mbsync has not given to column ' || quote_ident(a.attname) FROM pg_attrdef d
  JOIN rel ON rel.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE a.attgenerated = '' AND (rel.schema <> 'mbsync' OR ${callsOthersSql('d.adbin')} AND pg_get_expr(d.adbin, d.adrelid) NOT IN ('now()', 'clock_timestamp()'))
  UNION ALL
  SELECT 6, rel.object, 'has the check constraint ' || quote_ident(k.conname) || ', which mbsync has not made' FROM pg_constraint k
  JOIN rel ON rel.oid = k.conrelid WHERE k.contype = 'c' AND (rel.schema <> 'mbsync' OR ${callsOthersSql('k.conbin')})
  UNION ALL
  SELECT 7, code.object, 'uses ' || pg_describe_object(d.refclassid, d.refobjid, 0) || ' in ' || code.what FROM code
  JOIN pg_depend d ON d.classid = code.class AND d.objid = code.oid
  WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_opclass'::regclass, 'pg_collation'::regclass)
    -- Landing and undo tables have columns of the types and collations of the tables that they stand for.
    AND NOT (code.schema <> 'mbsync' AND code.class = 'pg_class'::regclass AND d.refclassid IN ('pg_type'::regclass, 'pg_collation'::regclass))
  UNION ALL
  SELECT 8, object, 'may be written, referenced or given triggers by a role that mbsync must not trust' FROM rel
  WHERE is_entered AND is_table AND (${opened('acl', WRITING)} OR EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = rel.oid AND ${opened('a.attacl', WRITING)}))
  UNION ALL
  SELECT 9, 'schema ' || own.schema, 'is open to a role that mbsync must not trust, which the default privileges of the current role let write to new tables'
  FROM own JOIN pg_default_acl d ON d.defaclnamespace IN (0, own.oid) AND d.defaclobjtype = 'r'
  WHERE own.is_entered AND own.schema <> 'mbsync' AND d.defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND ${opened('d.defaclacl', WRITING)}
)
SELECT object, problem FROM found ORDER BY rank, object, problem`
}

/** The kinds of objects that a schema can hold besides relations, with what the names of their columns begin with. */
const OWNED = [
  ['pg_proc', 'pro'],
  ['pg_type', 'typ'],
  ['pg_operator', 'opr'],
  ['pg_opclass', 'opc'],
  ['pg_opfamily', 'opf'],
  ['pg_collation', 'coll'],
  ['pg_conversion', 'con'],
  ['pg_statistic_ext', 'stx'],
  ['pg_ts_config', 'cfg'],
  ['pg_ts_dict', 'dict'],
] as const

function ownersOf([name, prefix]: (typeof OWNED)[number]): string {
  return `SELECT '${name}'::regclass AS class, oid, ${prefix}namespace AS namespace, ${prefix}owner AS owner FROM ${name}`
}

/** SQL that is true for a role that is trusted, and for an access control list that gives one of the privileges to a role that is not. */
function trustSql(trust: RoleTrust) {
  const isTrusted = (role: string) => `coalesce(${isTrustedRoleSql(role, trust)}, false)`
  const opened = (acl: string, privileges: readonly string[]) =>
    `EXISTS (SELECT FROM aclexplode(${acl}) AS a WHERE a.privilege_type IN (${privileges.map((name) => `'${name}'`).join(', ')}) AND NOT ${isTrusted('a.grantee')})`
  return { isTrusted, opened }
}

/** The expressions of a default and of a check of mbsync's own: constants and the time; `text = ANY (ARRAY[…])`. Other nodes do not match. */
const OTHER_THAN_OWN_DEFAULT = String.raw`\{(?!CONST |FUNCEXPR :funcid (481|1299|2649) )`
const OTHER_THAN_OWN_CHECK = String.raw`\{(?!(VAR|CONST|RELABELTYPE|ARRAYEXPR|ARRAY|ARRAYCOERCEEXPR|CASETESTEXPR) |SCALARARRAYOPEXPR :opno 98 )`

/**
 * A SELECT of whether {@link untrustedObjectsSql} might find something (`suspect`), at a fraction of its cost: it reads few catalogs, and counts what
 * mbsync never makes, of any owner. It has the same parameters.
 */
function suspectStateSql(trust: RoleTrust): string {
  const { isTrusted, opened } = trustSql(trust)
  const own = 'ARRAY(SELECT oid FROM own)'
  const rels = (condition = 'true') => `ARRAY(SELECT oid FROM rel WHERE ${condition})`
  const classes = (names: readonly string[]) =>
    names.map((name) => `'pg_catalog.${name}'::regclass`).join(', ')
  return `
WITH own AS MATERIALIZED (
  SELECT n.oid, n.nspname AS schema, n.nspowner AS owner, n.nspacl AS acl, ${opened('n.nspacl', ['USAGE', 'CREATE'])} AS is_entered
  FROM pg_namespace n WHERE n.nspname = ANY ($1::name[])
), rel AS MATERIALIZED (
  SELECT c.oid, own.schema = 'mbsync' AS is_state, own.is_entered, c.relowner AS owner, c.relkind AS kind, c.relacl AS acl,
    CASE WHEN own.schema = 'mbsync' THEN c.relname = ANY ($2::name[]) ELSE c.relkind NOT IN ('i', 'S', 'c') END AS is_table,
    c.reloftype <> 0 OR c.relrowsecurity OR c.relforcerowsecurity OR c.relhassubclass AND c.relkind <> 'i' OR c.relhasrules AND c.relkind = 'r' AS is_special
  FROM pg_class c JOIN own ON own.oid = c.relnamespace
)
SELECT EXISTS (SELECT FROM own WHERE NOT ${isTrusted('owner')} OR ${opened('acl', ['CREATE'])})
OR EXISTS (SELECT FROM rel WHERE is_special OR is_table AND kind <> 'r' OR kind <> 'i' AND NOT ${isTrusted('owner')}
  OR is_entered AND is_table AND ${opened('acl', WRITING)})
OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = ANY (${rels('is_entered AND is_table')}) AND a.attacl IS NOT NULL AND ${opened('a.attacl', WRITING)})
OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = ANY (${rels(`kind <> 'i'`)}))
OR EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = ${classes(['pg_namespace'])} AND d.refobjid = ANY (${own}) AND d.classid IN (${classes(OWNED.map(([name]) => name))}))
OR EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = ${classes(['pg_class'])} AND d.refobjid = ANY (${rels()})
  AND d.classid IN (${classes(['pg_trigger', 'pg_policy', 'pg_statistic_ext'])}))
OR EXISTS (SELECT FROM pg_attrdef d JOIN rel ON rel.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE NOT rel.is_state OR a.attgenerated <> '' OR d.adbin::text ~ '${OTHER_THAN_OWN_DEFAULT}')
OR EXISTS (SELECT FROM pg_constraint k LEFT JOIN rel ON rel.oid = k.conrelid LEFT JOIN rel AS parent ON parent.oid = k.confrelid
  WHERE k.contype = 'f' AND (rel.oid IS NULL) <> (parent.oid IS NULL)
    OR rel.oid IS NOT NULL AND (k.contype = 'x' OR k.contype = 'c' AND (NOT rel.is_state OR k.conbin::text ~ '${OTHER_THAN_OWN_CHECK}')))
OR EXISTS (SELECT FROM rel JOIN pg_depend d ON d.classid = ${classes(['pg_class'])} AND d.objid = rel.oid
  WHERE rel.kind IN ('r', 'i') AND d.refclassid IN (${classes(['pg_proc', 'pg_operator', 'pg_type', 'pg_opclass', 'pg_collation'])})
    AND (rel.is_state OR d.refclassid NOT IN (${classes(['pg_type', 'pg_collation'])}) OR EXISTS (
      SELECT FROM pg_type t WHERE d.refclassid = ${classes(['pg_type'])} AND t.oid = d.refobjid AND t.typtype = 'd')))
OR EXISTS (SELECT FROM own JOIN pg_default_acl d ON d.defaclnamespace IN (0, own.oid) AND d.defaclobjtype = 'r'
  WHERE own.is_entered AND own.schema <> 'mbsync') AS suspect`
}

/** The privileges on a table that let a role change its rows, or have code run when others do. */
export const WRITING = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
