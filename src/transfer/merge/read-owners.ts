import { RefusedError } from '../../core/errors.ts'
import { displayName } from '../../core/table-name.ts'
import { callsOthersSql } from '../../postgres/catalog/calls-others.ts'
import type { Column, Partition, Table } from '../../postgres/catalog/table.ts'
import { TO_BECOME_SQL } from '../../postgres/catalog/to-become.ts'
import { isTrustedRoleSql, type RoleTrust } from '../../postgres/catalog/trusted-role.ts'
import type { Session } from '../../postgres/session.ts'
import { type UserPath, userPathOf } from '../../postgres/user-path.ts'

/** The owner of a table with code that must run with the owner's rights. */
export interface TableOwner {
  readonly role: string
  /** The search path that its code runs under. */
  readonly path: UserPath
  /** Whether the table itself has code, which reading it could run, too. */
  readonly hasCode: boolean
  /** The columns whose types have code below a domain of their own: even reading a value from text needs it. */
  readonly codedColumns: readonly string[]
}

/** A table, and its columns that are not written. */
export interface OwnedTable {
  readonly target: Pick<Table, 'oid' | 'name'> & { readonly partitions: readonly Pick<Partition, 'oid'>[] }
  readonly kept: readonly Pick<Column, 'name'>[]
}

/**
 * The owners of the tables that must be written with their owners' rights, by the table's object id. If any of the tables has code of its
 * own (checks, defaults, domains, expressions of indexes, generated columns), these are all tables whose owners mbsync does not trust,
 * because the code could meanwhile add code to the others. Call it with the tables locked, so that no code is added later, or for all such
 * tables.
 * @throws RefusedError if a superuser would run the code with its own rights, because the owner lacks a necessary privilege
 */
export async function readOwners(
  session: Session,
  tables: readonly OwnedTable[],
  whose: 'if any has code' | 'all' = 'if any has code',
): Promise<Map<number, TableOwner>> {
  const partitions = tables.flatMap(({ target }) =>
    target.partitions.map(({ oid }) => ({ root: target.oid, oid })),
  )
  if (!(await hasUntrustedOwners(session, partitions))) return new Map()
  const kept = tables.flatMap((table) => table.kept.map(({ name }) => ({ root: table.target.oid, name })))
  const rows = await session.query<OwnerRow>(ownersSql(session), [
    partitions.map(({ root }) => root),
    partitions.map(({ oid }) => oid),
    kept.map(({ root }) => root),
    kept.map(({ name }) => name),
  ])
  if (whose === 'if any has code' && !rows.some(({ hasCode }) => hasCode)) return new Map()
  const byOid = new Map(tables.map(({ target }) => [target.oid, target]))
  for (const { root, role, hasCode, problem, isSuperuser } of rows) {
    const table = byOid.get(root)
    if (problem !== null && isSuperuser && hasCode && table !== undefined)
      throw cannotSwitch(table, role, problem)
  }
  const usable = rows.filter(({ problem }) => problem === null)
  const paths = await readPaths(session, new Set(usable.map(({ role }) => role)))
  return new Map(
    usable.flatMap(({ root, role, hasCode, codedColumns }): [number, TableOwner][] => {
      const path = paths.get(role)
      return path === undefined ? [] : [[root, { role, path, hasCode, codedColumns }]]
    }),
  )
}

/** Asked first, because usually there is no such code, and planning the whole query takes many times as long. */
async function hasUntrustedOwners(
  session: Session,
  partitions: readonly Pick<Partition, 'oid'>[],
): Promise<boolean> {
  const { found } = await session.queryOne<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class c WHERE c.oid = ANY ($1::oid[]) AND NOT ${isTrustedRoleSql('c.relowner', session)}) AS found`,
    [partitions.map(({ oid }) => oid)],
  )
  return found
}

async function readPaths(session: Session, roles: ReadonlySet<string>): Promise<Map<string, UserPath>> {
  const paths = new Map<string, UserPath>()
  for (const role of roles) paths.set(role, await userPathOf(session, role))
  return paths
}

function cannotSwitch({ name }: OwnedTable['target'], role: string, problem: string): RefusedError {
  return new RefusedError(
    `${displayName(name)}: its checks, defaults, domains or indexes run code that must run with the rights of its owner ${role}, not those of a superuser, but ${problem}`,
    {
      hint: `Nothing has changed. Give the owner what it lacks, make a role that mbsync can trust the owner of the table, or let the target's URL connect as ${role}.`,
    },
  )
}

interface OwnerRow extends Record<string, unknown> {
  readonly root: number
  readonly role: string
  readonly hasCode: boolean
  readonly codedColumns: string[]
  /** Why the owner's rights cannot be used. */
  readonly problem: string | null
  readonly isSuperuser: boolean
}

function ownersSql(trust: RoleTrust): string {
  const { serverVersion } = trust
  const isTrusted = (role: string) => isTrustedRoleSql(role, trust)
  const multirange = serverVersion >= 140000 ? 'OR r.rngmultitypid = t.oid' : ''
  const statistics =
    serverVersion >= 140000
      ? `OR EXISTS (SELECT FROM pg_statistic_ext x WHERE x.stxrelid = c.oid AND ${callsOthersSql('x.stxexprs')})`
      : ''
  return `
WITH RECURSIVE partition AS (
  SELECT m.root, c.oid, c.relowner AS owner, (
    EXISTS (SELECT FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      WHERE d.adrelid = c.oid AND ${callsOthersSql('d.adbin')}
        -- Columns that are copied need no default.
        AND (a.attgenerated <> '' OR (m.root, a.attname) IN (SELECT * FROM unnest($3::oid[], $4::text[]))))
    OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND ${callsOthersSql('k.conbin')})
    OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND (${callsOthersSql('i.indexprs')} OR ${callsOthersSql('i.indpred')}))
    OR EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = c.oid AND ${callsOthersSql('p.partexprs')}) ${statistics}
  ) AS has_code
  FROM unnest($1::oid[], $2::oid[]) AS m (root, oid) JOIN pg_class c ON c.oid = m.oid
), used (root, name, type, depth) AS (
  SELECT DISTINCT m.root, a.attname, a.atttypid, 0 FROM partition m JOIN pg_attribute a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION
  -- Landing tables have the base types of domains.
  SELECT used.root, used.name, inner_type.oid, CASE WHEN t.typtype = 'd' THEN used.depth ELSE 1 END
  FROM used JOIN pg_type t ON t.oid = used.type CROSS JOIN LATERAL (
    SELECT t.typbasetype UNION ALL SELECT t.typelem
    UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid ${multirange}
  ) AS inner_type (oid) WHERE inner_type.oid <> 0
), coded AS (
  SELECT used.root, used.name, used.depth > 0 OR t.typtype <> 'd' AS is_inner FROM used JOIN pg_type t ON t.oid = used.type
  WHERE ${callsOthersSql('t.typdefaultbin')}
    OR EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND ${callsOthersSql('k.conbin')})
    OR EXISTS (SELECT FROM pg_range r JOIN pg_proc p ON p.oid IN (r.rngcanonical, r.rngsubdiff)
      WHERE (r.rngtypid = t.oid ${multirange}) AND p.pronamespace <> 'pg_catalog'::regnamespace)
)
SELECT c.oid AS root, o.rolname AS role, current_setting('is_superuser') = 'on' AS "isSuperuser",
  EXISTS (SELECT FROM partition m WHERE m.root = c.oid AND m.has_code) OR EXISTS (SELECT FROM coded WHERE coded.root = c.oid) AS "hasCode",
  ARRAY(SELECT DISTINCT coded.name::text FROM coded WHERE coded.root = c.oid AND coded.is_inner) AS "codedColumns",
  CASE
    WHEN ${isTrusted('c.relowner')} OR EXISTS (SELECT FROM partition m WHERE m.root = c.oid AND m.owner <> c.relowner AND NOT ${isTrusted('m.owner')})
      THEN 'a partition of it belongs to another role'
    WHEN NOT pg_has_role(o.oid, ${TO_BECOME_SQL}) THEN 'the role may not use those rights'
    WHEN NOT has_schema_privilege(o.oid, c.relnamespace, 'USAGE') THEN 'that role lacks USAGE on its schema'
    WHEN NOT (has_table_privilege(o.oid, c.oid, 'SELECT') AND has_table_privilege(o.oid, c.oid, 'INSERT')
      AND has_table_privilege(o.oid, c.oid, 'UPDATE') AND has_table_privilege(o.oid, c.oid, 'DELETE'))
      THEN 'that role has revoked its own privileges on the table'
    WHEN c.relrowsecurity AND c.relforcerowsecurity AND NOT o.rolbypassrls THEN 'row-level security is forced on that role'
    WHEN NOT EXISTS (SELECT FROM pg_language l WHERE l.lanname = 'plpgsql' AND has_language_privilege(l.oid, 'USAGE'))
      THEN 'the database lacks the language plpgsql'
  END AS problem
FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
WHERE c.oid = ANY ($1::oid[])
  AND EXISTS (SELECT FROM partition m WHERE m.root = c.oid AND NOT ${isTrusted('m.owner')})`
}
