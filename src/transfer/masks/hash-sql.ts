import { literal } from '../../postgres/identifiers.ts'
import { BLOCK_BYTES, type MaskPurpose, settingName } from './mask-keys.ts'

/** Bytes, texts and numbers that SQL of a mask computes with; all functions and operators are those of pg_catalog, whatever the search path. */
type Sql = string

const JOIN = 'OPERATOR(pg_catalog.||)'

/** Texts one after the other, none of which is NULL: `concat` takes twice the time. */
export function joined(...texts: readonly Sql[]): Sql {
  return texts.join(` ${JOIN} `)
}

/** The secret block: as a query of its own, it is read once for each statement. One that is not set is empty, which must not pass for a key. */
function blockSql(purpose: MaskPurpose): Sql {
  return `(SELECT pg_catalog.decode(pg_catalog.lpad(pg_catalog.current_setting(${literal(settingName(purpose))}), ${BLOCK_BYTES * 2}, 'key missing'), 'hex'))`
}

/**
 * A keyed hash of bytes: SHA-256 of a secret block and the bytes. The block fills the first round of SHA-256, so what follows is a cascade under a secret state. Where no output
 * is ever seen as a whole, such a cascade is a pseudorandom function under the assumptions of HMAC (Bellare, Bernstein, Tessaro: AMAC, EUROCRYPT 2016), at half of its cost: the outer
 * hash of an HMAC keeps whole outputs from being extended. So a mask must never show more than {@link MOST_BYTES} of it.
 */
export function keyedHashSql(purpose: MaskPurpose, bytes: Sql): Sql {
  return `pg_catalog.sha256(${joined(blockSql(purpose), bytes)})`
}

/** How much of a keyed hash the masked values may show. */
export const MOST_BYTES = 16

/** The bytes of a text as the server stores them: to convert them could fail, with a message that quotes them. */
export function bytesOfText(text: Sql, encoding: string): Sql {
  return `pg_catalog.convert_to(${text}, ${literal(encoding)})`
}

/** What `use` makes of a hash. One that it needs more than once is computed once, by a query of its own; that costs half as much as a hash. */
export function withHash(hash: Sql, use: (h: Sql) => Sql): Sql {
  const name = 'mbsync_m.h'
  const uses = use(name).split(name).length - 1
  return uses <= 1
    ? `(${use(hash)})`
    : `(SELECT ${use(name)} FROM (SELECT ${hash} AS h OFFSET 0) AS mbsync_m)`
}

/**
 * A number below 2^bits from a hash; `at` tells numbers of one hash apart. The hash is a secret already, so any function that mixes it will do: this one takes almost no time.
 * Servers before 18 have it for arrays of bytes alone.
 */
export function numberAt(h: Sql, at: number, bits: number): Sql {
  const most = 2n ** BigInt(bits) - 1n
  return `(pg_catalog.hash_array_extended(ARRAY[${h}], ${at}) OPERATOR(pg_catalog.&) ${most}::pg_catalog.int8)`
}

/** A number below `limit` from a hash. */
export function numberBelow(h: Sql, at: number, limit: bigint | number): Sql {
  return `(${numberAt(h, at, 63)} OPERATOR(pg_catalog.%) ${limit}::pg_catalog.int8)`
}

/** A text of digits that begins with some of them: `count` others follow, drawn from a hash; up to 18 digits in all. It does not begin with 0. */
export function digitsAfter(first: string, h: Sql, at: number, count: number): Sql {
  const room = 10n ** BigInt(count)
  return `(${BigInt(first) * room}::pg_catalog.int8 OPERATOR(pg_catalog.+) ${numberBelow(h, at, room)})::pg_catalog.text`
}

/** A text of `count` digits that does not begin with 0, drawn from a hash; up to 18. */
export function digitsOf(h: Sql, at: number, count: number): Sql {
  const least = 10n ** BigInt(count - 1)
  return `(${least}::pg_catalog.int8 OPERATOR(pg_catalog.+) ${numberBelow(h, at, 9n * least)})::pg_catalog.text`
}

/** The first digits of a hash in hexadecimal; up to 32. */
export function hexOf(h: Sql, count: number): Sql {
  const bytes = Math.ceil(count / 2)
  const hex = `pg_catalog.encode(pg_catalog.substr(${h}, 1, ${bytes}), 'hex')`
  return bytes * 2 === count ? hex : `pg_catalog.left(${hex}, ${count})`
}

/** One of the words, by a hash. The type `name` has a fixed length, so an element is found without a look at those before it. */
export function wordOf(h: Sql, at: number, words: readonly string[]): Sql {
  const list = `ARRAY[${words.map(literal).join(', ')}]::pg_catalog.name[]`
  return `(${list})[(1 OPERATOR(pg_catalog.+) ${numberBelow(h, at, words.length)})::pg_catalog.int4]::pg_catalog.text`
}

/** A uuid of version 8, which is for what is made otherwise. */
export function uuidOf(h: Sql): Sql {
  const marked = `pg_catalog.set_byte(pg_catalog.set_byte(pg_catalog.substr(${h}, 1, 16), 6, 128), 8, 160)`
  return `pg_catalog.encode(${marked}, 'hex')::pg_catalog.uuid`
}
