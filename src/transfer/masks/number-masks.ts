import { identifier, literal } from '../../postgres/identifiers.ts'
import type { ColumnType } from './column-type.ts'
import { bytesOfText, keyedHashSql, numberBelow } from './hash-sql.ts'
import type { MadeMask, MaskMaker, Misfit, WantedValue } from './mask-maker.ts'

/** Masks of dates and numbers. The change of a value is drawn from the key of its row. */
export const NUMBER_MASKS = {
  'date-shift': makeDateShift,
  'date-truncate': ({ value, type, mask: { unit } }) => {
    const zone = type.name === 'timestamp with time zone' ? `, 'UTC'` : ''
    // A date may be later than any timestamp.
    const early = `CASE WHEN pg_catalog.isfinite(${value}) THEN LEAST(${value}, ${LAST.timestamp}) ELSE ${value} END`
    const moment = type.family === 'date' ? `(${early})::pg_catalog.timestamp` : value
    return {
      sql: `pg_catalog.date_trunc(${literal(unit)}, ${moment}${zone})`,
      purposes: [],
      isInjective: false,
    }
  },
  noise: makeNoise,
} as const satisfies Record<string, MaskMaker>

/** Moments from which on a shift goes back: the last ones of each type are a few years later. */
const LAST = {
  date: `'5874000-01-01'::pg_catalog.date`,
  timestamp: `'294000-01-01'::pg_catalog.date`,
} as const
/** Before this one, a shift goes forward: the first one of all types is a few years earlier. */
const FIRST = `'4700-01-01 BC'::pg_catalog.date`

/** The keyed hash that decides the offset of a row; a misfit if the row has no key. */
function rowHash({ mask: { by }, row }: WantedValue): string | Misfit {
  const names = by === undefined ? row.keyColumns : [by]
  if (names === undefined || names.length === 0)
    return {
      problem:
        'its table has no key, which decides by how much the value of a row changes; name a column with `by`',
    }
  const unknown = names.find((name) => !row.columns.some((column) => column.name === name))
  if (unknown !== undefined)
    return { problem: `\`by\` names "${unknown}", which is not a column of the table` }
  const texts = names.map((name) => `${row.alias}.${identifier(name)}::pg_catalog.text`)
  const [only = ''] = texts
  const text = texts.length === 1 ? `coalesce(${only}, '')` : `pg_catalog.concat_ws('/', ${texts.join(', ')})`
  return keyedHashSql('row', bytesOfText(text, row.encoding))
}

function makeDateShift(wanted: WantedValue): MadeMask | Misfit {
  const { value, type, mask } = wanted
  const hash = rowHash(wanted)
  if (typeof hash !== 'string') return hash
  const days = `${mask.days}::pg_catalog.int8`
  // From -days to -1 and from 1 to days, so every date changes.
  const drawn = `${numberBelow(hash, 0, 2 * mask.days)} OPERATOR(pg_catalog.-) ${days}`
  const either = `coalesce(nullif(${drawn}, 0::pg_catalog.int8), ${days})::pg_catalog.int4`
  const back = `OPERATOR(pg_catalog.-) pg_catalog.abs(${either})`
  const offset = `CASE WHEN ${value} OPERATOR(pg_catalog.>=) ${type.family === 'date' ? LAST.date : LAST.timestamp} THEN ${back} WHEN ${value} OPERATOR(pg_catalog.<) ${FIRST} THEN pg_catalog.abs(${either}) ELSE ${either} END`
  const shift = type.family === 'date' ? offset : `pg_catalog.make_interval(0, 0, 0, ${offset})`
  return { sql: `(${value} OPERATOR(pg_catalog.+) (${shift}))`, purposes: ['row'], isInjective: false }
}

const LARGEST: Readonly<Record<string, string>> = {
  smallint: '32767',
  integer: '2147483647',
  bigint: '9223372036854775807',
}

/** Noise doubles a number at most. */
const HALF_OF_LARGEST: Readonly<Record<string, string>> = { real: '1.7e38', 'double precision': '8.9e307' }

function makeNoise(wanted: WantedValue): MadeMask | Misfit {
  const { value, type, mask } = wanted
  const hash = rowHash(wanted)
  if (typeof hash !== 'string') return hash
  const factor = `(1::pg_catalog.numeric OPERATOR(pg_catalog.+) ((${numberBelow(hash, 0, 20_001)} OPERATOR(pg_catalog.-) 10000::pg_catalog.int8)::pg_catalog.numeric OPERATOR(pg_catalog.*) ${mask.percent}::pg_catalog.numeric OPERATOR(pg_catalog./) 1000000::pg_catalog.numeric))`
  return { sql: `(${noisy(value, type, factor)})`, purposes: ['row'], isInjective: false }
}

function noisy(value: string, type: ColumnType, factor: string): string {
  const half = HALF_OF_LARGEST[type.name]
  if (half !== undefined) {
    const lessened = `CASE WHEN pg_catalog.abs(${value}) OPERATOR(pg_catalog.>) ${half}::pg_catalog.float8 THEN LEAST(${factor}, 1::pg_catalog.numeric) ELSE ${factor} END`
    return `${value} OPERATOR(pg_catalog.*) (${lessened})::pg_catalog.float8`
  }
  const exact = `${value}::pg_catalog.numeric OPERATOR(pg_catalog.*) ${factor}`
  const largest = largestOf(type)
  if (type.name !== 'numeric') return within(`pg_catalog.round(${exact}, 0)`, largest)
  const scale = type.scale ?? `coalesce(pg_catalog.scale(${value}), 0)`
  const rounded = within(`pg_catalog.round(${exact}, ${scale})`, largest)
  return `CASE WHEN ${value} OPERATOR(pg_catalog.=) 'NaN'::pg_catalog.numeric THEN ${value} ELSE ${rounded} END`
}

function largestOf({ name, precision, scale = 0 }: ColumnType): string | undefined {
  if (name !== 'numeric') return LARGEST[name]
  if (precision === undefined) return undefined
  return `(pg_catalog.power(10::pg_catalog.numeric, ${precision - scale}::pg_catalog.numeric) OPERATOR(pg_catalog.-) pg_catalog.power(10::pg_catalog.numeric, ${-scale}::pg_catalog.numeric))`
}

function within(number: string, largest: string | undefined): string {
  if (largest === undefined) return number
  return `LEAST(GREATEST(${number}, OPERATOR(pg_catalog.-) ${largest}::pg_catalog.numeric), ${largest}::pg_catalog.numeric)`
}
