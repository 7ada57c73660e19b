import { nameKey, type TableName } from '../core/table-name.ts'
import type { Inspection, Selection, SourceCatalog, TargetCatalog } from './inspection.ts'
import { pairSequences } from './pair-sequences.ts'

/** Puts the two sides beside each other: tables by name, sequences by their columns. Pure. */
export function pairCatalogs(selection: Selection, source: SourceCatalog, target: TargetCatalog): Inspection {
  const pairs = pairByName(source.tables, target.tables)
  return { selection, source, target, pairs, sequences: pairSequences(selection, source, target, pairs) }
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
