import type { SequenceDetails } from './table-details.ts'

/** The options of a sequence in the statement that creates it, one per line. */
export function writeSequenceOptions(sequence: SequenceDetails): string[] {
  const { type, start, increment, min, max, cache, isCycling } = sequence
  const limits = limitsOf(type, increment)
  return [
    ...(type === 'bigint' ? [] : [`AS ${type}`]),
    `START WITH ${start}`,
    `INCREMENT BY ${increment}`,
    min === limits.min ? 'NO MINVALUE' : `MINVALUE ${min}`,
    max === limits.max ? 'NO MAXVALUE' : `MAXVALUE ${max}`,
    `CACHE ${cache}`,
    ...(isCycling ? ['CYCLE'] : []),
  ]
}

/** The limits of a sequence that names none: see CREATE SEQUENCE. */
function limitsOf(type: string, increment: string): { readonly min: string; readonly max: string } {
  const bits = type === 'smallint' ? 15n : type === 'integer' ? 31n : 63n
  return increment.startsWith('-')
    ? { min: String(-(2n ** bits)), max: '-1' }
    : { min: '1', max: String(2n ** bits - 1n) }
}
