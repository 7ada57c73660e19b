import { TableMap } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import type { Inspection, Selection, SourceCatalog, TargetCatalog } from './inspection.ts'
import { sequencesOfColumns } from './leave-out-columns.ts'
import { pairSequences } from './pair-sequences.ts'
import { stayRuleOf } from './stay-rule.ts'

/** Pairs the two sides: tables by name, sequences by their columns. Pure. */
export function pairCatalogs(
  selection: Selection,
  { sequences: all, ...catalog }: SourceCatalog,
  target: TargetCatalog,
  targetName: string,
): Inspection {
  const source = { ...catalog, sequences: sequencesOfColumns(all, catalog.tables) }
  const pairs = pairByName(source.tables, target.tables).map((pair) => {
    const stays = stayRuleOf(selection, pair.source.name)
    return stays === undefined ? pair : { ...pair, stays }
  })
  const sequences = pairSequences(selection, source, target, pairs)
  return { selection, targetName, source, target, pairs, sequences }
}

function pairByName<S extends { readonly name: TableName }, T extends { readonly name: TableName }>(
  sources: readonly S[],
  targets: readonly T[],
): { readonly source: S; readonly target: T }[] {
  const byName = new TableMap(targets.map((item) => [item.name, item]))
  return sources.flatMap((source) => {
    const target = byName.get(source.name)
    return target === undefined ? [] : [{ source, target }]
  })
}
