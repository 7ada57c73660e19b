import { literal } from '../../postgres/identifiers.ts'
import { BLOCK_BYTES, type MaskPurpose, settingName } from './mask-keys.ts'

/**
 * SQL of bytes, texts and numbers that a mask computes with. All functions and operators belong to pg_catalog, whatever the search path.
 */
type Sql = string

const JOIN = 'OPERATOR(pg_catalog.||)'

/** Concatenates texts, none of which may be NULL. `concat` would take twice the time. */
export function joined(...texts: readonly Sql[]): Sql {
  return texts.join(` ${JOIN} `)
}

/**
 * The secret block. It is a subquery, so it is read once per statement. A setting that is not set is empty, which must not count as a key.
 */
function blockSql(purpose: MaskPurpose): Sql {
  return `(SELECT pg_catalog.decode(pg_catalog.lpad(pg_catalog.current_setting(${literal(settingName(purpose))}), ${BLOCK_BYTES * 2}, 'key missing'), 'hex'))`
}

/**
 * A keyed hash of bytes: SHA-256 of a secret block and the bytes. The block fills the first round of SHA-256, so the rest is a cascade with
 * a secret state.
 *
 * If no output is ever visible as a whole, such a cascade is a pseudorandom function under the assumptions of HMAC (Bellare, Bernstein,
 * Tessaro: AMAC, EUROCRYPT 2016), at half its cost: the outer hash of an HMAC prevents the extension of whole outputs. So a mask must never
 * show more than {@link MOST_BYTES} of it.
 */
export function keyedHashSql(purpose: MaskPurpose, bytes: Sql): Sql {
  return `pg_catalog.sha256(${joined(blockSql(purpose), bytes)})`
}

/** How many bytes of a keyed hash the masked values may show. */
export const MOST_BYTES = 16

/**
 * The bytes of a text as the server stores them. Converting them could fail, with a message that quotes them. Sessions speak UTF8, so `textsend` gives them as
 * they are, in a tenth of a microsecond less.
 */
export function bytesOfText(text: Sql, encoding: string): Sql {
  if (encoding === 'UTF8') return `pg_catalog.textsend(${text})`
  return `pg_catalog.convert_to(${text}, ${literal(encoding)})`
}

/**
 * The SQL that `use` makes from a hash. If it needs the hash more than once, a subquery computes the hash once, which costs half as much as
 * a hash.
 */
export function withHash(hash: Sql, use: (h: Sql) => Sql): Sql {
  const name = 'mbsync_m.h'
  const uses = use(name).split(name).length - 1
  return uses <= 1
    ? `(${use(hash)})`
    : `(SELECT ${use(name)} FROM (SELECT ${hash} AS h OFFSET 0) AS mbsync_m)`
}

/**
 * A number below 2^bits from a hash. `at` distinguishes several numbers from one hash. The hash is already secret, so any function that
 * mixes it is sufficient, and this one takes almost no time. Servers before 18 have it only for arrays of bytes.
 */
export function numberAt(h: Sql, at: number, bits: number): Sql {
  const most = 2n ** BigInt(bits) - 1n
  return `(pg_catalog.hash_array_extended(ARRAY[${h}], ${at}) OPERATOR(pg_catalog.&) ${most}::pg_catalog.int8)`
}

/** A number below `limit` from a hash. */
export function numberBelow(h: Sql, at: number, limit: bigint | number): Sql {
  return `(${numberAt(h, at, 63)} OPERATOR(pg_catalog.%) ${limit}::pg_catalog.int8)`
}

/**
 * A text of digits that begins with `first`, followed by `count` digits from a hash; at most 18 digits in total. It does not begin with 0.
 */
export function digitsAfter(first: string, h: Sql, at: number, count: number): Sql {
  const room = 10n ** BigInt(count)
  return `(${BigInt(first) * room}::pg_catalog.int8 OPERATOR(pg_catalog.+) ${numberBelow(h, at, room)})::pg_catalog.text`
}

/** A text of `count` digits from a hash, at most 18, which does not begin with 0. */
export function digitsOf(h: Sql, at: number, count: number): Sql {
  const least = 10n ** BigInt(count - 1)
  return `(${least}::pg_catalog.int8 OPERATOR(pg_catalog.+) ${numberBelow(h, at, 9n * least)})::pg_catalog.text`
}

/** The first digits of a hash in hexadecimal, at most 32. */
export function hexOf(h: Sql, count: number): Sql {
  const bytes = Math.ceil(count / 2)
  const hex = `pg_catalog.encode(pg_catalog.substr(${h}, 1, ${bytes}), 'hex')`
  return bytes * 2 === count ? hex : `pg_catalog.left(${hex}, ${count})`
}

/** One of the words, chosen by a hash. The type `name` has a fixed length, so an element is found without reading those before it. */
export function wordOf(h: Sql, at: number, words: readonly string[]): Sql {
  const list = `ARRAY[${words.map(literal).join(', ')}]::pg_catalog.name[]`
  return `(${list})[(1 OPERATOR(pg_catalog.+) ${numberBelow(h, at, words.length)})::pg_catalog.int4]::pg_catalog.text`
}

/** A uuid of version 8, which is meant for custom uuids. */
export function uuidOf(h: Sql): Sql {
  const marked = `pg_catalog.set_byte(pg_catalog.set_byte(pg_catalog.substr(${h}, 1, 16), 6, 128), 8, 160)`
  return `pg_catalog.encode(${marked}, 'hex')::pg_catalog.uuid`
}
