import { callsOthersSql } from '../postgres/catalog/calls-others.ts'
import { isTrustedRoleSql, type RoleTrust } from '../postgres/catalog/trusted-role.ts'

/**
 * A SELECT of `object` and `problem` for all that could run code of others where mbsync reads or writes its own schemas: what belongs to a
 * role that could not become the current one anyway, what such a role may write or add to, and what mbsync itself never makes, as a
 * former owner may have left it there. $1 are the names of the schemas, $2 those of the tables of schema `mbsync`.
 */
export function untrustedObjectsSql(trust: RoleTrust): string {
  const isTrusted = (role: string) => `coalesce(${isTrustedRoleSql(role, trust)}, false)`
  const opened = (acl: string, privileges: readonly string[]) =>
    `EXISTS (SELECT FROM aclexplode(${acl}) AS a WHERE a.privilege_type IN (${privileges.map((name) => `'${name}'`).join(', ')}) AND NOT ${isTrusted('a.grantee')})`
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
  SELECT 'pg_proc'::regclass AS class, oid, pronamespace AS namespace, proowner AS owner FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace, typowner FROM pg_type
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprowner FROM pg_operator
  UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace, opcowner FROM pg_opclass
  UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace, opfowner FROM pg_opfamily
  UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace, collowner FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, oid, connamespace, conowner FROM pg_conversion
  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace, stxowner FROM pg_statistic_ext
  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner FROM pg_ts_config
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner FROM pg_ts_dict
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

/** The privileges on a table that let a role change its rows, or have code run when others do. */
export const WRITING = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
