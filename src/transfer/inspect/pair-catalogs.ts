import { groupBy } from '../../core/group-by.ts'
import { TableMap, TableSet } from '../../core/table-map.ts'
import { isSameTable, nameKey, type TableName } from '../../core/table-name.ts'
import type { Sequence, SequenceColumn } from '../../postgres/catalog/read-sequences.ts'
import type {
  Inspection,
  Selection,
  SequencePair,
  SourceCatalog,
  SourceSequence,
  TablePair,
  TargetCatalog,
} from './inspection.ts'
import { sequencesOfColumns } from './leave-out-columns.ts'
import { partitionOids } from './read-catalog.ts'
import { isExcludedAlone } from './select-relations.ts'
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

/**
 * Decides which sequences of the target a run sets, and from which of the source. Sequences are paired by their columns, whatever their
 * names are. Only sequences that no column of the run uses are paired by name. Pure.
 */
function pairSequences(
  selection: Selection,
  source: SourceCatalog,
  target: TargetCatalog,
  pairs: readonly TablePair[],
): SequencePair[] {
  const run = new Set(partitionOids(target.tables))
  const isOfRun = ({ tableOid }: SequenceColumn) => run.has(tableOid)
  const known = columnsOf(pairs)
  const uses = groupBy(
    source.sequences.flatMap((sequence) => sequence.columns.map((column) => ({ sequence, column }))),
    ({ column: { relation, column } }) => useKey(relation, column),
  )
  const isCopied = (column: SequenceColumn) => known.has(columnKey(column))
  const byColumn = target.sequences.map((sequence) => {
    const columns = sequence.columns.filter(isOfRun)
    return {
      target: sequence,
      sources: [...new Set(columns.flatMap((column) => counterpart(sequence, column, uses) ?? []))],
      isShared: !sequence.columns.every(isCopied),
    }
  })
  const paired = new TableSet(byColumn.flatMap(({ sources }) => sources.map(({ name }) => name)))
  const free = new TableMap(
    source.sequences.filter(({ name }) => !paired.has(name)).map((sequence) => [sequence.name, sequence]),
  )
  return byColumn.flatMap((pair): SequencePair[] => {
    const { name, columns } = pair.target
    if (pair.sources.length > 0) return [pair]
    const namesake = free.get(name)
    const isOfOthers = columns.some((column) => column.isOwner && !isOfRun(column))
    if (namesake !== undefined && !isOfOthers) return [{ ...pair, sources: [namesake] }]
    const isFilled = columns.some((column) => column.isDefault && isCopied(column))
    return isFilled && !isExcludedAlone(selection, name) ? [pair] : []
  })
}

/** The sequence that a column uses in the source; if there are several, one that it uses in the same way. */
function counterpart(
  { name }: Sequence,
  { table, column, isDefault }: SequenceColumn,
  uses: ReadonlyMap<string, readonly Use[]>,
): SourceSequence | undefined {
  const rank = (use: Use) =>
    Number(use.column.isDefault === isDefault) * 2 + Number(isSameTable(use.sequence.name, name))
  const known = uses.get(useKey(table, column)) ?? []
  return [...known].sort((a, b) => rank(b) - rank(a))[0]?.sequence
}

/** A sequence of the source, and a column that uses it. */
interface Use {
  readonly sequence: SourceSequence
  readonly column: SourceSequence['columns'][number]
}

function useKey(table: TableName, column: string): string {
  return `${nameKey(table)}\0${column}`
}

/** The columns of the run that get their values from the source, including those of partitions. */
function columnsOf(pairs: readonly TablePair[]): Set<string> {
  return new Set(
    pairs.flatMap(({ source, target }) =>
      target.partitions.flatMap(({ oid: tableOid }) =>
        source.columns.map(({ name: column }) => columnKey({ tableOid, column })),
      ),
    ),
  )
}

function columnKey({ tableOid, column }: Pick<SequenceColumn, 'tableOid' | 'column'>): string {
  return `${tableOid} ${column}`
}
