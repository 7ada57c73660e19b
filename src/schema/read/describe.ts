import { groupBy } from '../../core/group-by.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { rolesOf, writeGrants } from '../write-grants.ts'
import type { DraftObject } from './read-context.ts'
import { type ReadPrivileges, readGrants } from './read-grants.ts'

/** An object with its comments and its privileges. */
export interface DescribedObject extends DraftObject {
  readonly describe: readonly string[]
  readonly grants: readonly string[]
  readonly grantedTo: readonly string[]
}

/**
 * Reads comments, security labels and privileges of all objects, including those of their columns and of what is created with them. An extension has the
 * privileges that were granted on its members after it was created.
 * @returns what adds them to one of the objects
 */
export async function readDescriptions(
  session: Session,
  drafts: readonly DraftObject[],
): Promise<(draft: DraftObject) => DescribedObject> {
  const texts = groupBy(await session.query<TextRow>(TEXTS_SQL), ({ id }) => id)
  const privileges = groupBy(await readGrants(session), ({ id, extensionId }) => extensionId ?? id)
  const owned = ownedSequences(drafts)
  const late = new Set([...owned.values()].flat())
  return (draft) => {
    const named = [{ id: draft.id, identity: draft.identity }, ...(draft.parts ?? [])]
    const own = late.has(draft) ? [] : [...named, ...(owned.get(draft.identity) ?? [])]
    const granted = own.flatMap((part) => privileges.get(part.id) ?? [])
    const described = named.flatMap((part) =>
      (texts.get(part.id) ?? []).flatMap((row) => describe(row, part.identity)),
    )
    const grants = granted.flatMap((row) => writeGrants(row, targetOf(row, draft, named)))
    // The draft's own grants come last, and win. Properties behind a spread would give each object a hidden class of its own in Node.js 20.
    return {
      describe: orNone(described),
      grants: orNone(grants),
      grantedTo: orNone([...new Set(granted.flatMap(rolesOf))].sort()),
      ...draft,
    }
  }
}

/** Most of thousands of objects have neither comments nor grants: so these share one list. */
function orNone(list: readonly string[]): readonly string[] {
  return list.length === 0 ? NONE : list
}

const NONE: readonly string[] = []

/**
 * The sequences of columns, by the identity of their table. They change their owner together with it, and its privileges would then replace
 * those of the creating role. So their privileges are granted with those on the table.
 */
function ownedSequences(drafts: readonly DraftObject[]): Map<string, DraftObject[]> {
  const tables = new Set(drafts.flatMap(({ table, identity }) => (table === undefined ? [] : identity)))
  const tableOf = ({ sequence }: DraftObject) =>
    sequence?.ownedBy === undefined ? '' : `TABLE ${quoteQualified(sequence.ownedBy.table)}`
  return groupBy(
    drafts.filter((draft) => tables.has(tableOf(draft))),
    tableOf,
  )
}

function describe(row: TextRow, own: string | undefined): string[] {
  const { column, schema, relation, provider, text } = row
  const isColumn = column !== null && schema !== null && relation !== null
  const of = isColumn ? `COLUMN ${quoteQualified({ schema, name: relation })}.${quoteName(column)}` : own
  if (of === undefined) return []
  if (provider === null) return [`COMMENT ON ${of} IS ${literal(text)}`]
  return [`SECURITY LABEL FOR ${quoteName(provider)} ON ${of} IS ${literal(text)}`]
}

/** GRANT calls views tables, and aggregates functions. */
function targetOf(
  { id, target, extensionId }: ReadPrivileges,
  { kind }: DraftObject,
  named: readonly { readonly id: ObjectId; readonly identity?: string }[],
): string {
  const identity = named.find((part) => part.id === id)?.identity
  if (extensionId !== undefined || kind === 'aggregate' || identity === undefined) return target
  return identity.replace(/^(MATERIALIZED )?VIEW /, 'TABLE ')
}

interface TextRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string | null
  readonly relation: string | null
  readonly column: string | null
  /** The provider of a security label; null for a comment. */
  readonly provider: string | null
  readonly text: string
}

/** Servers add comments to new extensions and to the schema `public` themselves. */
const TEXTS_SQL = `
SELECT d.class::regclass || ':' || d.oid AS id, n.nspname AS schema, c.relname AS relation, a.attname AS column, d.provider, d.text
FROM (
  SELECT classoid, objoid, objsubid, NULL, description FROM pg_description
  WHERE (objoid >= 16384 OR classoid = 'pg_namespace'::regclass AND description <> 'standard public schema')
    AND (classoid, objoid, description) NOT IN (SELECT 'pg_extension'::regclass, e.oid, coalesce(x.comment, '')
      FROM pg_extension e JOIN pg_available_extensions() AS x (name, version, comment) ON x.name = e.extname)
  UNION ALL
  SELECT classoid, objoid, objsubid, provider, label FROM pg_seclabel
) AS d (class, oid, number, provider, text)
LEFT JOIN pg_attribute a ON d.class = 'pg_class'::regclass AND d.number > 0 AND a.attrelid = d.oid AND a.attnum = d.number
LEFT JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY d.number, d.provider NULLS FIRST`
