import type { LiveSource } from '../../transfer/source/live-source.ts'
import { hasOtherTexts } from '../../transfer/verify/key-forms.ts'
import { notCompared } from './not-compared.ts'
import type { Pair, VerifiedTable } from './verified-table.ts'

/**
 * Does not call rows missing whose keys may be those of rows that stay, written in another way: only the target could say which of them are equal.
 */
export async function withoutDoubtful(
  judged: VerifiedTable,
  { target, stays, hashing }: Pair,
  { sessions, catalog }: LiveSource,
): Promise<VerifiedTable> {
  const { keyColumns } = hashing.target
  if (stays?.condition === undefined || keyColumns === undefined) return judged
  if (judged.missing === 0 || (judged.kept ?? 0) === 0) return judged
  const isOther = target.columns.some(
    ({ name, baseType }) =>
      keyColumns.includes(name) && catalog.types.get(baseType)?.kind !== 'enum' && hasOtherTexts(baseType),
  )
  const [session] = sessions.all
  if (!isOther && session !== undefined) {
    const [partition] = target.partitions
    const { found } = await session.queryOne<{ found: boolean }>(LOOSE_SQL, [partition?.oid, keyColumns])
    if (!found) return judged
  }
  return notCompared(
    judged.table,
    'lacks rows of the source whose keys may equal those of rows that stay, written in another way',
  )
}

const LOOSE_SQL = `
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_collation c ON c.oid OPERATOR(pg_catalog.=) a.attcollation
  WHERE a.attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND a.attname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.name[]) AND NOT c.collisdeterministic) AS found`
