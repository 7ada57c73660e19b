import { type ReadonlyTableMap, type ReadonlyTableSet, TableSet } from '../core/table-map.ts'
import type { TableRead } from '../incremental/decide-reads.ts'
import type { TablePair } from '../transfer/inspect/inspection.ts'
import type { LiveChanges } from '../transfer/source/live-changes.ts'
import type { Part } from '../transfer/source/part.ts'
import { shorterAsText } from '../transfer/source/shorter-as-text.ts'

/** What decides in which form rows travel. */
export interface FormRules {
  readonly pairs: readonly TablePair[]
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
  { pairs, mayBeBinary, comparable, reads, partsOf }: FormRules,
): Promise<ReadonlyTableSet> {
  if (changes === undefined) return mayBeBinary
  const compared = new TableSet(comparable.map(({ table }) => table))
  const inFull = pairs
    .filter(({ source: { name, columns } }) => {
      const mayBeEither = mayBeBinary.has(name) && columns.every(({ baseType }) => isExactAsText(baseType))
      return mayBeEither && reads.get(name)?.kind === 'full' && !compared.has(name)
    })
    .map(({ source }) => source.name)
  const asText = await shorterAsText(changes, inFull, partsOf)
  return new TableSet([...mayBeBinary].filter((table) => !asText.has(table)))
}

/** Before version 16, servers write a byte beyond ASCII as it is, which is no valid text. */
function isExactAsText(type: string): boolean {
  return !type.startsWith('"char"')
}
