import type { Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import type { Inspection, SequencePair, SourceSequence } from '../inspect/inspection.ts'
import { isMatched } from '../inspect/select-relations.ts'
import { countsOtherwise, unnumbered } from '../inspect/sequence-columns.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** Sequences must exist on both sides, and be able to hold the source's values. */
export function validateSequences(inspection: Inspection): Finding[] {
  const { source, sequences, pairs } = inspection
  // If there are no tables, one finding says so, and how to create the whole schema.
  if (pairs.length === 0 && source.tables.length > 0) return []
  const paired = new TableSet(sequences.flatMap(({ sources }) => sources.map(({ name }) => name)))
  return [
    ...source.sequences
      .filter(({ name }) => !paired.has(name))
      .flatMap((sequence) => withoutCounterpart(sequence, inspection)),
    ...sequences.flatMap(comparePair),
    ...sequences.flatMap((pair) => filledFromElsewhere(pair, inspection)),
  ]
}

/** A sequence that no column of the target uses as in the source. This matters unless each column gets its values in another way. */
function withoutCounterpart(sequence: SourceSequence, inspection: Inspection): Finding[] {
  const { name, table } = sequence
  const shown = displayName(name)
  if (isCovered(sequence, inspection)) return []
  const isThere = inspection.target.sequences.some((other) => isSameTable(other.name, name))
  if (isThere) return [noteFinding(shown, 'belongs to another table in the target and is left as it is')]
  if (table === undefined && !isMatched(inspection.selection, name)) {
    return [noteFinding(shown, 'is a sequence that the target lacks; a default in the source uses it')]
  }
  const hint = `Create it in the target, or leave it out: exclude: [${yamlText(patternOf(name))}].`
  return [errorFinding(shown, 'is a sequence that the target lacks', hint)]
}

/** Whether the target lacks the table, which is a finding of its own, or every column in question has another default there. */
function isCovered({ columns, table }: SourceSequence, { pairs }: Inspection): boolean {
  const pairOf = (name: TableName) => pairs.find(({ source }) => isSameTable(source.name, name))
  // Dumps of earlier versions do not name the columns.
  if (columns.length === 0) return table !== undefined && pairOf(table) === undefined
  const targets = columns.flatMap((use) =>
    (pairOf(use.table)?.target.columns ?? []).filter(({ name }) => name === use.column),
  )
  return targets.every(({ hasDefault }) => hasDefault)
}

function comparePair({ sources, target }: SequencePair): Finding[] {
  const shown = displayName(target.name)
  const outside = sources.find(
    ({ value }) => value !== undefined && !isWithin(value.lastValue, target.minimum, target.maximum),
  )
  if (outside?.value !== undefined) {
    return [
      errorFinding(
        shown,
        `stands at ${outside.value.lastValue} in the source, outside ${target.minimum} to ${target.maximum} of the target`,
        'Give the sequence the same bounds on both sides.',
      ),
    ]
  }
  if (sources.some((source) => countsOtherwise(source, target)))
    return [
      noteFinding(shown, 'counts in the other direction in the target: it is set by the values of its rows'),
    ]
  const isSame = sources.every(
    ({ type, minimum, maximum }) =>
      type === target.type && minimum === target.minimum && maximum === target.maximum,
  )
  return isSame ? [] : [noteFinding(shown, 'has another type or other bounds in the target')]
}

/** The values of a column that is not numeric do not show how far its sequence has advanced. */
function filledFromElsewhere(
  { sources, target }: SequencePair,
  { target: { tables } }: Inspection,
): Finding[] {
  if (sources.length > 0) return []
  return unnumbered(target, tables).map(({ table, column }) =>
    noteFinding(
      displayName(target.name),
      `fills ${displayName(table)}.${column}, which the source fills differently; the sequence is left as it is`,
      'If INSERTs into the target fail because values are in use, set the sequence with setval().',
    ),
  )
}

function isWithin(value: string, minimum: string, maximum: string): boolean {
  return BigInt(value) >= BigInt(minimum) && BigInt(value) <= BigInt(maximum)
}
