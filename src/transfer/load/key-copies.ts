import type { TableName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import type { Session } from '../../postgres/session.ts'

/** A foreign key, or one of the copies that partitions at its ends have. */
interface KeyCopy {
  /** That of which key it is, and between which relations. */
  readonly place: string
  readonly table: TableName
  readonly name: string
  readonly comment: string | null
}

/** Foreign keys with their copies, by key and relations. */
export type KeyCopies = ReadonlyMap<string, KeyCopy>

/** Reads what foreign keys and their copies in partitions are called, and what is said of them. */
export async function readKeyCopies(session: Session, keys: readonly ForeignKey[]): Promise<KeyCopies> {
  if (keys.length === 0) return new Map()
  const rows = await session.query<Omit<KeyCopy, 'table'> & Record<'schema' | 'relname', string>>(
    COPIES_SQL,
    [keys.map(({ childOid }) => childOid), keys.map(({ name }) => name)],
  )
  return new Map(
    rows.map(({ schema, relname, ...copy }) => [copy.place, { ...copy, table: { schema, name: relname } }]),
  )
}

/**
 * Gives foreign keys that have been added again, and their copies, the names and comments from before: a partition that was attached has names of its own, and
 * the server numbers others in the order of their bounds, whatever it was.
 */
export async function restoreKeyCopies(
  session: Session,
  keys: readonly ForeignKey[],
  before: KeyCopies,
): Promise<void> {
  const now = await readKeyCopies(session, keys)
  const renamed = [...now.values()].flatMap((copy) => {
    const was = before.get(copy.place)
    return was === undefined || was.name === copy.name ? [] : [{ ...copy, was: was.name }]
  })
  const rename = (table: TableName, from: string, to: string) =>
    `ALTER TABLE ${relation(table)} RENAME CONSTRAINT ${identifier(from)} TO ${identifier(to)}`
  const statements = [
    // One of them may have the name of another.
    ...renamed.map(({ table, name }, at) => rename(table, name, `mbsync_renamed_${at}`)),
    ...renamed.map(({ table, was }, at) => rename(table, `mbsync_renamed_${at}`, was)),
    ...[...now.keys()].flatMap((place) => {
      const { table, name, comment } = before.get(place) ?? {}
      if (table === undefined || name === undefined || comment == null) return []
      return [`COMMENT ON CONSTRAINT ${identifier(name)} ON ${relation(table)} IS ${literal(comment)}`]
    }),
  ]
  for (const batch of batchesOf(statements, TABLES_AT_ONCE)) await session.define(batch.join(';\n'))
}

const COPIES_SQL = `
WITH RECURSIVE copies (root, oid) AS (
  SELECT jsonb_build_array(k.conrelid, k.conname), k.oid
    FROM unnest($1::oid[], $2::name[]) AS asked (child, name) JOIN pg_constraint k ON k.conrelid = asked.child AND k.conname = asked.name AND k.contype = 'f'
  UNION ALL SELECT c.root, k.oid FROM copies c JOIN pg_constraint k ON k.conparentid = c.oid
)
SELECT jsonb_build_array(c.root, k.conrelid, k.confrelid)::text AS place, n.nspname AS schema, r.relname AS relname, k.conname AS name,
  obj_description(k.oid, 'pg_constraint') AS comment
FROM copies c JOIN pg_constraint k ON k.oid = c.oid JOIN pg_class r ON r.oid = k.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace`
