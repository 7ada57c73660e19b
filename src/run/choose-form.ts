import { type ReadonlyTableMap, type ReadonlyTableSet, TableSet } from '../core/table-map.ts'
import type { TableRead } from '../incremental/decide-reads.ts'
import type { LiveChanges } from '../transfer/source/live-changes.ts'
import type { Part } from '../transfer/source/part.ts'
import { shorterAsText } from '../transfer/source/shorter-as-text.ts'

/** What decides in which form rows travel. */
export interface FormRules {
  /** Tables whose rows may travel in the binary form. */
  readonly mayBeBinary: ReadonlyTableSet
  /** Parts of tables that are compared as they land, which only the binary form allows. */
  readonly comparable: readonly Part[]
  readonly reads: ReadonlyTableMap<TableRead>
  readonly partsOf: ReadonlyTableMap<readonly Part[]>
}

/** The tables whose rows travel in the binary form: those that may, except those that are read in full and are much shorter as text. */
export async function chooseBinary(
  changes: LiveChanges | undefined,
  { mayBeBinary, comparable, reads, partsOf }: FormRules,
): Promise<ReadonlyTableSet> {
  if (changes === undefined) return mayBeBinary
  const compared = new TableSet(comparable.map(({ table }) => table))
  const inFull = [...mayBeBinary].filter((table) => reads.get(table)?.kind === 'full' && !compared.has(table))
  const asText = await shorterAsText(changes, inFull, partsOf)
  return new TableSet([...mayBeBinary].filter((table) => !asText.has(table)))
}
