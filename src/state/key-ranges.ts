import type { TableName } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { insertRows } from './insert-rows.ts'

/** Ranges of a table's key, and how many rows each of them holds. */
export interface CountedRanges {
  /** For each column of the key, its texts at the ends, which neighbours share. */
  readonly ends: readonly (readonly string[])[]
  readonly counts: readonly number[]
}

/** Reads the ranges of a table, as long as they tell how the given run left it. */
export async function readKeyRanges(
  session: Session,
  table: TableName,
  runId: number,
): Promise<CountedRanges | undefined> {
  // A row for each column of the key: the client would take an array apart letter by letter.
  const rows = await session.query<{ ends: string; counts: string }>(
    `SELECT e.ends, k.counts FROM mbsync.key_ranges k, unnest(k.ends) WITH ORDINALITY AS e (ends, n)
     WHERE k.schema_name = $1 AND k.table_name = $2 AND k.run_id = $3 ORDER BY e.n`,
    [table.schema, table.name, runId],
  )
  const [first] = rows
  if (first === undefined) return undefined
  return { ends: rows.map(({ ends }) => ends.split('\n')), counts: first.counts.split(' ').map(Number) }
}

/** A table that a run has written, and what is known of its ranges afterwards. */
export interface WrittenKeys {
  readonly table: TableName
  /** `as before` where no row has come or gone; undefined where nobody has counted. */
  readonly ranges: CountedRanges | 'as before' | undefined
}

/** Replaces what is known of the tables that a run has written, inside its transaction. */
export async function replaceKeyRanges(
  session: Session,
  runId: number,
  written: readonly WrittenKeys[],
): Promise<void> {
  const same = written.filter(({ ranges }) => ranges === 'as before')
  const other = written.filter(({ ranges }) => ranges !== 'as before')
  await session.query(`UPDATE mbsync.key_ranges k SET run_id = $3 FROM ${NAMED}`, [...namesOf(same), runId])
  await session.query(`DELETE FROM mbsync.key_ranges k USING ${NAMED}`, namesOf(other))
  const rows = written.flatMap(({ table, ranges }) =>
    ranges === undefined || ranges === 'as before'
      ? []
      : {
          schema_name: table.schema,
          table_name: table.name,
          run_id: runId,
          ends: ranges.ends.map((texts) => texts.join('\n')),
          counts: ranges.counts.join(' '),
        },
  )
  await insertRows(session, 'key_ranges', rows)
}

const NAMED =
  'unnest($1::text[], $2::text[]) AS t (schema, name) WHERE k.schema_name = t.schema AND k.table_name = t.name'

function namesOf(written: readonly WrittenKeys[]): [string[], string[]] {
  return [written.map(({ table }) => table.schema), written.map(({ table }) => table.name)]
}
