import type { Finding } from '../../core/finding.ts'
import { displayName, nameKey } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import type { Inspection, SequencePair } from '../inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** Sequences must stand on both sides and be able to hold the source's values. */
export function validateSequences({ source, target, sequences, pairs }: Inspection): Finding[] {
  // Where no table is there, that is said once, and with it how all of the schema is made.
  if (pairs.length === 0 && source.tables.length > 0) return []
  const paired = new Set(sequences.map((pair) => nameKey(pair.source.name)))
  const pairedTables = new Set(pairs.map((pair) => nameKey(pair.source.name)))
  const inTarget = new Set(target.sequences.map((sequence) => nameKey(sequence.name)))
  const missing = source.sequences.filter(
    ({ name, table }) =>
      !paired.has(nameKey(name)) && (table === undefined || pairedTables.has(nameKey(table))),
  )
  return [
    ...missing.map(({ name }) =>
      inTarget.has(nameKey(name))
        ? noteFinding(displayName(name), 'belongs to another table in the target and is left as it is')
        : errorFinding(
            displayName(name),
            'is a sequence that the target lacks',
            `Create it in the target, or leave it out: exclude: ['${patternOf(name)}'].`,
          ),
    ),
    ...sequences.flatMap(comparePair),
  ]
}

function comparePair({ source, target }: SequencePair): Finding[] {
  const shown = displayName(target.name)
  const { value } = source
  if (value !== undefined && !isWithin(value.lastValue, target.minimum, target.maximum)) {
    return [
      errorFinding(
        shown,
        `stands at ${value.lastValue} in the source, outside ${target.minimum} to ${target.maximum} of the target`,
        'Give the sequence the same bounds on both sides.',
      ),
    ]
  }
  const isSame =
    source.type === target.type && source.minimum === target.minimum && source.maximum === target.maximum
  return isSame ? [] : [noteFinding(shown, 'has another type or other bounds in the target')]
}

function isWithin(value: string, minimum: string, maximum: string): boolean {
  return BigInt(value) >= BigInt(minimum) && BigInt(value) <= BigInt(maximum)
}
