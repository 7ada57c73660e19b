import { nameKey, type TableName } from '../core/table-name.ts'
import type { Sequence } from '../postgres/catalog/read-sequences.ts'
import type { Inspection, Selection, SourceCatalog, TargetCatalog } from './inspection.ts'
import { memberOids } from './read-catalog.ts'

/** Puts the two sides beside each other, by name. Pure. */
export function pairCatalogs(
  selection: Selection,
  source: SourceCatalog,
  target: TargetCatalog,
  targetName: string,
): Inspection {
  return {
    selection,
    targetName,
    source,
    target,
    pairs: pairByName(source.tables, target.tables),
    sequences: pairByName(source.sequences, ownSequences(target)),
  }
}

function pairByName<S extends { readonly name: TableName }, T extends { readonly name: TableName }>(
  sources: readonly S[],
  targets: readonly T[],
): { readonly source: S; readonly target: T }[] {
  const byName = new Map(targets.map((item) => [nameKey(item.name), item]))
  return sources.flatMap((source) => {
    const target = byName.get(nameKey(source.name))
    return target === undefined ? [] : [{ source, target }]
  })
}

/** Sequences that go with the run's tables or with none: one that another table owns is that table's. */
function ownSequences({ sequences, tables }: TargetCatalog): Sequence[] {
  const members = new Set(memberOids(tables))
  return sequences.filter(({ ownerTableOid }) => ownerTableOid === undefined || members.has(ownerTableOid))
}
