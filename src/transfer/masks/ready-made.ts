import type { Mask, MaskKind } from '../../core/mask.ts'
import { identifier, literal } from '../../postgres/identifiers.ts'
import type { SourceColumn } from '../inspect/inspection.ts'
import { type ColumnType, columnType } from './column-type.ts'
import {
  bytesOfText,
  digitsOf,
  hexHmacSql,
  hexOf,
  hmacSql,
  numberAt,
  numberBelow,
  permuteInteger,
  uuidOf,
  withHash,
  wordOf,
} from './hash-sql.ts'
import type { MaskPurpose } from './mask-keys.ts'
import { maskedJson, maskedLetters } from './masked-texts.ts'
import { wordListsFor } from './words/word-lists.ts'

/** A masked value as SQL. */
export interface MadeMask {
  readonly sql: string
  readonly purposes: readonly MaskPurpose[]
  /** Whether different values stay different. */
  readonly isInjective: boolean
  /** How long a masked text is at most; undefined where it is as long as the value, or no text. */
  readonly mostCharacters?: number
}

/** Why a mask does not fit its column. */
export interface Misfit {
  readonly problem: string
}

/** The row that a mask is computed over. */
export interface MaskedRow {
  /** The alias of the table, as an SQL identifier. */
  readonly alias: string
  readonly columns: readonly Pick<SourceColumn, 'name' | 'baseType'>[]
  readonly keyColumns: readonly string[] | undefined
  /** Of the server: what is stored in it is hashed. */
  readonly encoding: string
}

/** What a maker of a ready-made mask gets. */
interface Wanted {
  readonly mask: Mask
  readonly value: string
  readonly type: ColumnType
  readonly row: MaskedRow
  /** The HMAC of the value, in hexadecimal, and as bytes. */
  readonly hash: string
  readonly bytes: string
}

type Maker = (wanted: Wanted) => MadeMask | Misfit

/** Hexadecimal digits, enough to keep millions of values distinct. */
const UNIQUE_DIGITS = 16
const LEAST_DIGITS = 6
/** No combination of words is longer. */
export const LONGEST_WORDS = 60

/** The SQL of a ready-made mask for the values of a column that are not NULL. */
export function makeMask(
  mask: Mask,
  kind: MaskKind,
  column: MaskedRow['columns'][number],
  row: MaskedRow,
  type: ColumnType = columnType(column.baseType),
): MadeMask | Misfit {
  const value = `${row.alias}.${identifier(column.name)}`
  const families = FAMILIES[kind]
  if (families !== undefined && !families.includes(type.family))
    return {
      problem: `\`${kind}\` is for columns of type ${typesOf(families)}, and it is ${column.baseType}`,
    }
  return MAKERS[kind]({
    mask,
    value,
    type,
    row,
    hash: hexHmacSql(purposeOf(type), bytesOf(value, type, row)),
    bytes: hmacSql(purposeOf(type), bytesOf(value, type, row)),
  })
}

const TEXTS = ['text'] as const

/** The types that each mask takes; all if it is not here. */
const FAMILIES: Partial<Record<MaskKind, readonly ColumnType['family'][]>> = {
  hash: ['text', 'integer', 'uuid'],
  email: TEXTS,
  name: TEXTS,
  'first-name': TEXTS,
  'last-name': TEXTS,
  company: TEXTS,
  street: TEXTS,
  city: TEXTS,
  phone: TEXTS,
  ip: ['text', 'network'],
  url: TEXTS,
  iban: TEXTS,
  card: TEXTS,
  'date-shift': ['date', 'timestamp'],
  'date-truncate': ['date', 'timestamp'],
  noise: ['integer', 'number'],
  text: TEXTS,
  'redact-json': ['json'],
  file: ['bytes'],
}

const NAMES: Readonly<Record<ColumnType['family'], string>> = {
  text: 'text, varchar, char or citext',
  integer: 'smallint, integer or bigint',
  number: 'numeric, real or double precision',
  uuid: 'uuid',
  date: 'date',
  timestamp: 'timestamp',
  network: 'inet',
  json: 'json or jsonb',
  bytes: 'bytea',
  other: 'another type',
}

function typesOf(families: readonly ColumnType['family'][]): string {
  return families.map((family) => NAMES[family]).join(', ')
}

function purposeOf({ family }: ColumnType): MaskPurpose {
  return family === 'uuid' ? 'uuid' : 'text'
}

function bytesOf(value: string, { family, ignoresCase }: ColumnType, { encoding }: MaskedRow): string {
  if (family === 'uuid') return `pg_catalog.uuid_send(${value})`
  const text = `${value}::pg_catalog.text`
  return bytesOfText(ignoresCase ? `pg_catalog.lower(${text})` : text, encoding)
}

const MAKERS: Readonly<Record<MaskKind, Maker>> = {
  null: () => ({ sql: 'NULL', purposes: [], isInjective: false }),
  constant: ({ mask }) => ({ sql: literal(mask.value ?? ''), purposes: [], isInjective: false }),
  hash: makeHash,
  email: makeEmail,
  name: ({ type, hash, mask, row }) => {
    const { firstNames, lastNames } = wordListsFor(mask.locale, row.encoding !== 'UTF8')
    return words(type, hash, (h) => [wordOf(h, 0, firstNames), `' '`, wordOf(h, 8, lastNames)])
  },
  'first-name': ({ type, hash, mask, row }) =>
    words(type, hash, (h) => [wordOf(h, 0, wordListsFor(mask.locale, row.encoding !== 'UTF8').firstNames)]),
  'last-name': ({ type, hash, mask, row }) =>
    words(type, hash, (h) => [wordOf(h, 8, wordListsFor(mask.locale, row.encoding !== 'UTF8').lastNames)]),
  company: ({ type, hash, mask, row }) => {
    const { companies, legalForms } = wordListsFor(mask.locale, row.encoding !== 'UTF8')
    return words(type, hash, (h) => [
      wordOf(h, 0, companies),
      `' '`,
      wordOf(h, 8, companies),
      `' '`,
      wordOf(h, 16, legalForms),
    ])
  },
  street: ({ type, hash, mask, row }) => {
    const { streets, address } = wordListsFor(mask.locale, row.encoding !== 'UTF8')
    const number = (h: string, pattern: string) =>
      pattern === ''
        ? `''`
        : `pg_catalog.replace(${literal(pattern)}, '1', (1 OPERATOR(pg_catalog.+) ${numberBelow(h, 8, 150)})::pg_catalog.text)`
    return words(type, hash, (h) => [
      number(h, address.before),
      wordOf(h, 0, streets),
      number(h, address.after),
    ])
  },
  city: ({ type, hash, mask, row }) =>
    words(type, hash, (h) => [wordOf(h, 0, wordListsFor(mask.locale, row.encoding !== 'UTF8').cities)]),
  phone: ({ type, hash, mask }) => {
    const [before, digits] = PHONES[mask.locale]
    return fixed(type, hash, before.length + digits, (h) => [literal(before), digitsOf(h, 0, digits)], false)
  },
  ip: makeIp,
  url: ({ type, hash, mask: { domain } }) => {
    const before = `https://${domain}/`
    return fixed(type, hash, before.length + UNIQUE_DIGITS, (h) => [literal(before), hexOf(h, UNIQUE_DIGITS)])
  },
  // No country has the code ZZ, and no check digits are 00.
  iban: ({ type, hash }) => fixed(type, hash, 22, (h) => [`'ZZ00'`, digitsOf(h, 0, 9), digitsOf(h, 8, 9)]),
  // No issuer has numbers that begin with four zeros.
  card: ({ type, hash }) => fixed(type, hash, 16, (h) => [`'0000'`, digitsOf(h, 0, 12)], false),
  'date-shift': makeDateShift,
  'date-truncate': ({ value, type, mask: { unit } }) => {
    const zone = type.name === 'timestamp with time zone' ? `, 'UTC'` : ''
    const moment = type.family === 'date' ? `${value}::pg_catalog.timestamp` : value
    return {
      sql: `pg_catalog.date_trunc(${literal(unit)}, ${moment}${zone})`,
      purposes: [],
      isInjective: false,
    }
  },
  noise: makeNoise,
  text: ({ value, bytes }) => ({ sql: maskedLetters(value, bytes), purposes: ['text'], isInjective: false }),
  'redact-json': ({ value, type, mask }) => maskedJson(value, type.name, mask),
  file: ({ mask }) => ({
    sql: `pg_catalog.convert_to(${literal(mask.value ?? 'masked')}, 'UTF8')`,
    purposes: [],
    isInjective: false,
  }),
}

/** Numbers that no telephone has, and how many digits follow. */
const PHONES: Readonly<Record<Mask['locale'], readonly [before: string, digits: number]>> = {
  en: ['+1555', 7],
  de: ['+493023125', 3],
  fr: ['+3363998', 4],
  es: ['+34000', 6],
}

function makeHash({ value, type, hash }: Wanted): MadeMask | Misfit {
  if (type.family === 'uuid') return { sql: withHash(hash, uuidOf), purposes: ['uuid'], isInjective: true }
  if (type.family === 'integer') {
    const name = type.name as 'smallint' | 'integer' | 'bigint'
    return { sql: permuteInteger(value, name), purposes: ['integer'], isInjective: true }
  }
  const digits = Math.min(type.limit ?? 32, 32)
  const isInjective = digits >= UNIQUE_DIGITS
  return { sql: hexOf(hash, digits), purposes: ['text'], isInjective, mostCharacters: digits }
}

function makeEmail({ type, hash, mask: { domain } }: Wanted): MadeMask | Misfit {
  const fixedPart = `user-@${domain}`.length
  const digits = Math.min((type.limit ?? Number.POSITIVE_INFINITY) - fixedPart, UNIQUE_DIGITS)
  if (digits < LEAST_DIGITS) return tooShort(type, fixedPart + LEAST_DIGITS)
  return {
    sql: `pg_catalog.concat('user-', ${hexOf(hash, digits)}, ${literal(`@${domain}`)})`,
    purposes: ['text'],
    isInjective: digits >= UNIQUE_DIGITS,
    mostCharacters: fixedPart + digits,
  }
}

function tooShort({ limit }: ColumnType, needed: number): Misfit {
  return { problem: `the masked values take ${needed} characters, and it has room for ${limit}` }
}

function words(type: ColumnType, hash: string, use: (h: string) => readonly string[]): MadeMask {
  const text = withHash(hash, (h) => `pg_catalog.concat(${use(h).join(', ')})`)
  const sql = type.limit === undefined ? text : `pg_catalog.left(${text}, ${type.limit})`
  return { sql, purposes: ['text'], isInjective: false, mostCharacters: LONGEST_WORDS }
}

function fixed(
  type: ColumnType,
  hash: string,
  length: number,
  use: (h: string) => readonly string[],
  isInjective = true,
): MadeMask | Misfit {
  if (type.limit !== undefined && type.limit < length) return tooShort(type, length)
  const sql = withHash(hash, (h) => `pg_catalog.concat(${use(h).join(', ')})`)
  return { sql, purposes: ['text'], isInjective, mostCharacters: length }
}

/** Private addresses: those of version 6 where the value is one. */
function makeIp({ value, type, hash }: Wanted): MadeMask | Misfit {
  const v4 = (h: string) =>
    `pg_catalog.concat('10.', ${numberBelow(h, 0, 256)}, '.', ${numberBelow(h, 1, 256)}, '.', ${numberBelow(h, 2, 256)})`
  const v6 = (h: string) =>
    `(pg_catalog.inet('fd00::') OPERATOR(pg_catalog.+) ${numberAt(h, 0, 56)})::pg_catalog.inet`
  if (type.family === 'network') {
    const sql = withHash(
      hash,
      (h) =>
        `CASE WHEN pg_catalog.family(${value}) OPERATOR(pg_catalog.=) 6 THEN ${v6(h)} ELSE ${v4(h)}::pg_catalog.inet END`,
    )
    return { sql, purposes: ['text'], isInjective: false }
  }
  if (type.limit !== undefined && type.limit < 14) return tooShort(type, 14)
  return { sql: withHash(hash, v4), purposes: ['text'], isInjective: false }
}

/** What decides the offset of a row, as an HMAC; undefined if the row has no key. */
function rowHash({ mask: { by }, row }: Wanted): string | Misfit {
  const names = by === undefined ? row.keyColumns : [by]
  if (names === undefined || names.length === 0)
    return {
      problem:
        'its table has no key, which decides by how much the value of a row changes; name a column with `by`',
    }
  const unknown = names.find((name) => !row.columns.some((column) => column.name === name))
  if (unknown !== undefined) return { problem: `\`by\` names "${unknown}", which is no column of the table` }
  const texts = names.map((name) => `${row.alias}.${identifier(name)}::pg_catalog.text`)
  return hexHmacSql('row', bytesOfText(`pg_catalog.concat_ws('/', ${texts.join(', ')})`, row.encoding))
}

function makeDateShift(wanted: Wanted): MadeMask | Misfit {
  const { value, type, mask } = wanted
  const hash = rowHash(wanted)
  if (typeof hash !== 'string') return hash
  // From -days to -1 and from 1 to days: no date stays what it is.
  const offset = (h: string) => {
    const drawn = `${numberBelow(h, 0, 2 * mask.days)} OPERATOR(pg_catalog.-) ${mask.days}::pg_catalog.int8`
    return `(CASE WHEN ${drawn} OPERATOR(pg_catalog.>=) 0::pg_catalog.int8 THEN ${drawn} OPERATOR(pg_catalog.+) 1::pg_catalog.int8 ELSE ${drawn} END)::pg_catalog.int4`
  }
  const sql = withHash(hash, (h) =>
    type.family === 'date'
      ? `${value} OPERATOR(pg_catalog.+) ${offset(h)}`
      : `${value} OPERATOR(pg_catalog.+) pg_catalog.make_interval(0, 0, 0, ${offset(h)})`,
  )
  return { sql, purposes: ['row'], isInjective: false }
}

const LARGEST: Readonly<Record<string, string>> = {
  smallint: '32767',
  integer: '2147483647',
  bigint: '9223372036854775807',
}

function makeNoise(wanted: Wanted): MadeMask | Misfit {
  const { value, type, mask } = wanted
  const hash = rowHash(wanted)
  if (typeof hash !== 'string') return hash
  const factor = (h: string) =>
    `(1::pg_catalog.numeric OPERATOR(pg_catalog.+) ((${numberBelow(h, 0, 20_001)} OPERATOR(pg_catalog.-) 10000::pg_catalog.int8)::pg_catalog.numeric OPERATOR(pg_catalog.*) ${mask.percent}::pg_catalog.numeric OPERATOR(pg_catalog./) 1000000::pg_catalog.numeric))`
  const made = (use: (h: string) => string): MadeMask => {
    return { sql: withHash(hash, use), purposes: ['row'], isInjective: false }
  }
  const isFloat = type.name === 'real' || type.name === 'double precision'
  if (isFloat) return made((h) => `${value} OPERATOR(pg_catalog.*) ${factor(h)}::pg_catalog.float8`)
  const exact = (h: string) => `${value}::pg_catalog.numeric OPERATOR(pg_catalog.*) ${factor(h)}`
  const largest = largestOf(type)
  if (type.name !== 'numeric') return made((h) => within(`pg_catalog.round(${exact(h)}, 0)`, largest))
  const scale = type.scale ?? `coalesce(pg_catalog.scale(${value}), 0)`
  const rounded = (h: string) => within(`pg_catalog.round(${exact(h)}, ${scale})`, largest)
  return made(
    (h) =>
      `CASE WHEN ${value} OPERATOR(pg_catalog.=) 'NaN'::pg_catalog.numeric THEN ${value} ELSE ${rounded(h)} END`,
  )
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
