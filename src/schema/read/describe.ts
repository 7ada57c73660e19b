import { groupBy } from '../../core/group-by.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { DraftObject } from './read-context.ts'

/** An object with what is said of it. */
export interface DescribedObject extends DraftObject {
  readonly describe: readonly string[]
  readonly grants: readonly string[]
}

/** Adds to all objects their comments, those of their columns, and those of what is created with them. */
export async function describeObjects(
  session: Session,
  drafts: readonly DraftObject[],
): Promise<DescribedObject[]> {
  const rows = await session.query<CommentRow>(COMMENTS_SQL)
  const comments = groupBy(rows, ({ id }) => id)
  return drafts.map((draft) => {
    const { id, identity, parts = [] } = draft
    const named = [{ id, identity }, ...parts]
    const describe = named.flatMap((part) =>
      (comments.get(part.id) ?? []).flatMap((row) => {
        const of = commentedOn(row, part.identity)
        return of === undefined ? [] : [`COMMENT ON ${of} IS ${literal(row.text)}`]
      }),
    )
    return { ...draft, describe, grants: [] }
  })
}

function commentedOn(
  { column, schema, relation }: CommentRow,
  identity: string | undefined,
): string | undefined {
  if (column === null || schema === null || relation === null) return identity
  return `COLUMN ${quoteQualified({ schema, name: relation })}.${quoteName(column)}`
}

interface CommentRow extends Record<string, unknown> {
  readonly id: string
  readonly schema: string | null
  readonly relation: string | null
  readonly column: string | null
  readonly text: string
}

const COMMENTS_SQL = `
SELECT d.classoid::regclass || ':' || d.objoid AS id, n.nspname AS schema, c.relname AS relation, a.attname AS column, d.description AS text
FROM pg_description d
LEFT JOIN pg_attribute a ON d.classoid = 'pg_class'::regclass AND d.objsubid > 0 AND a.attrelid = d.objoid AND a.attnum = d.objsubid
LEFT JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass AND d.description <> 'standard public schema'
ORDER BY d.objsubid`
