import type { MaskLocale } from '../../core/mask.ts'
import { literal } from '../../postgres/identifiers.ts'
import type { ColumnType } from './column-type.ts'
import { digitsAfter, digitsOf, hexOf, joined, numberAt, uuidOf, withHash } from './hash-sql.ts'
import { type MadeMask, type MaskMaker, type Misfit, tooShort, type WantedValue } from './mask-maker.ts'
import { permuteInteger } from './permute-integer.ts'

/** Hexadecimal digits, enough to keep millions of values distinct. */
const UNIQUE_DIGITS = 16
const LEAST_DIGITS = 6

/** Numbers that no telephone has: the country, the common first digits, and how many digits follow. */
const PHONES: Readonly<Record<MaskLocale, readonly [country: string, first: string, digits: number]>> = {
  en: ['+1', '555', 7],
  de: ['+49', '3023125', 3],
  fr: ['+33', '63998', 4],
  es: ['+', '34000', 6],
}

/** Masks that write digits of a hash. */
export const CODE_MASKS = {
  hash: makeHash,
  email: makeEmail,
  url: ({ type, hash, mask: { domain } }) => {
    const before = `https://${domain}/`
    return fixed(type, before.length + UNIQUE_DIGITS, joined(literal(before), hexOf(hash, UNIQUE_DIGITS)))
  },
  phone: ({ type, hash, mask }) => {
    const [country, first, digits] = PHONES[mask.locale]
    const length = country.length + first.length + digits
    return fixed(type, length, joined(literal(country), digitsAfter(first, hash, 0, digits)), false)
  },
  // No country has the code ZZ, and no check digits are 00.
  iban: ({ type, hash }) => fixed(type, 22, joined(`'ZZ00'`, digitsOf(hash, 0, 18))),
  // No issuer has numbers that begin with four zeros.
  card: ({ type, hash }) => fixed(type, 16, joined(`'0000'`, digitsOf(hash, 0, 12)), false),
  ip: makeIp,
} as const satisfies Record<string, MaskMaker>

function makeHash({ value, type, hash }: WantedValue): MadeMask | Misfit {
  if (type.family === 'uuid') return { sql: withHash(hash, uuidOf), purposes: ['uuid'], isInjective: true }
  if (type.family === 'integer') {
    const name = type.name as 'smallint' | 'integer' | 'bigint'
    return { sql: permuteInteger(value, name), purposes: ['integer'], isInjective: true }
  }
  if (type.family === 'network') {
    // Part of fd00::/8, which is not routed on the internet.
    const groups = `pg_catalog.regexp_replace(${joined(`'fd'`, hexOf(hash, 30))}, '(....)(?=.)', ${literal('\\1:')}, 'g')`
    return { sql: `(${groups})::pg_catalog.inet`, purposes: ['text'], isInjective: true }
  }
  const digits = Math.min(type.limit ?? 32, 32)
  const isInjective = digits >= UNIQUE_DIGITS
  return { sql: hexOf(hash, digits), purposes: ['text'], isInjective, mostCharacters: digits }
}

function makeEmail({ type, hash, mask: { domain } }: WantedValue): MadeMask | Misfit {
  const fixedPart = `user-@${domain}`.length
  const digits = Math.min((type.limit ?? Number.POSITIVE_INFINITY) - fixedPart, UNIQUE_DIGITS)
  if (digits < LEAST_DIGITS) return tooShort(type, fixedPart + LEAST_DIGITS)
  return {
    sql: `(${joined(`'user-'`, hexOf(hash, digits), literal(`@${domain}`))})`,
    purposes: ['text'],
    isInjective: digits >= UNIQUE_DIGITS,
    mostCharacters: fixedPart + digits,
  }
}

function fixed(type: ColumnType, length: number, text: string, isInjective = true): MadeMask | Misfit {
  if (type.limit !== undefined && type.limit < length) return tooShort(type, length)
  return { sql: `(${text})`, purposes: ['text'], isInjective, mostCharacters: length }
}

/** Private addresses, of version 6 if the value is one. */
function makeIp({ value, type, hash }: WantedValue): MadeMask | Misfit {
  const first = (address: string) => `${literal(address)}::pg_catalog.inet`
  if (type.family !== 'network') {
    if (type.limit !== undefined && type.limit < 14) return tooShort(type, 14)
    const sql = `pg_catalog.host(${first('10.0.0.0')} OPERATOR(pg_catalog.+) ${numberAt(hash, 0, 24)})`
    return { sql, purposes: ['text'], isInjective: false }
  }
  const either = (v6: string, v4: string) =>
    `CASE WHEN pg_catalog.family(${value}) OPERATOR(pg_catalog.=) 6 THEN ${v6} ELSE ${v4} END`
  const number = `(${numberAt(hash, 0, 56)} OPERATOR(pg_catalog.&) ${either('-1::pg_catalog.int8', '16777215::pg_catalog.int8')})`
  const sql = `(${either(first('fd00::'), first('10.0.0.0'))} OPERATOR(pg_catalog.+) ${number})`
  return { sql, purposes: ['text'], isInjective: false }
}
