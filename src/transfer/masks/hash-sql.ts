import { literal } from '../../postgres/identifiers.ts'
import { BLOCK_BYTES, type MaskPurpose, settingName } from './mask-keys.ts'

/** Bytes that SQL of a mask computes with; all functions and operators are those of pg_catalog, whatever the search path. */
type Sql = string

const JOIN = 'OPERATOR(pg_catalog.||)'

/** A padded key: as a query of its own, it is read once for each statement. One that is not set is empty, which must not pass for a key. */
function padSql(purpose: MaskPurpose, pad: 'inner' | 'outer'): Sql {
  return `(SELECT pg_catalog.decode(pg_catalog.lpad(pg_catalog.current_setting(${literal(settingName(purpose, pad))}), ${BLOCK_BYTES * 2}, 'key missing'), 'hex'))`
}

/** HMAC-SHA-256 of bytes. */
export function hmacSql(purpose: MaskPurpose, bytes: Sql): Sql {
  return `pg_catalog.sha256(${padSql(purpose, 'outer')} ${JOIN} pg_catalog.sha256(${padSql(purpose, 'inner')} ${JOIN} ${bytes}))`
}

/** The bytes of a text as the server stores them: to convert them could fail, with a message that quotes them. */
export function bytesOfText(text: Sql, encoding: string): Sql {
  return `pg_catalog.convert_to(${text}, ${literal(encoding)})`
}

/** The same in hexadecimal. */
export function hexHmacSql(purpose: MaskPurpose, bytes: Sql): Sql {
  return `pg_catalog.encode(${hmacSql(purpose, bytes)}, 'hex')`
}

/** Binds the value of an expression to `mbsync_m.h`, so that it is computed once. */
export function withHash(hash: Sql, use: (h: Sql) => Sql): Sql {
  return `(SELECT ${use('mbsync_m.h')} FROM (SELECT ${hash} AS h OFFSET 0) AS mbsync_m)`
}

/**
 * A number below 2^bits from a hash in hexadecimal; `at` tells numbers of one hash apart. The hash is a secret already, so any function that
 * mixes it will do: this one takes a fraction of the time that it takes to put bytes together.
 */
export function numberAt(h: Sql, at: number, bits: number): Sql {
  const most = 2n ** BigInt(bits) - 1n
  return `(pg_catalog.hashtextextended(${h} COLLATE pg_catalog."C", ${at}) OPERATOR(pg_catalog.&) ${most}::pg_catalog.int8)`
}

/** A number below `limit` from a hash in hexadecimal. */
export function numberBelow(h: Sql, at: number, limit: bigint | number): Sql {
  return `pg_catalog.mod(${numberAt(h, at, 63)}, ${limit}::pg_catalog.int8)`
}

/** As many digits from a hash in hexadecimal; up to 18. */
export function digitsOf(h: Sql, at: number, count: number): Sql {
  return `pg_catalog.lpad(${numberBelow(h, at, 10n ** BigInt(count))}::pg_catalog.text, ${count}, '0')`
}

/** The first digits of a hash in hexadecimal; up to 64. */
export function hexOf(h: Sql, count: number): Sql {
  return `pg_catalog.left(${h}, ${count})`
}

/** One of the words, by a hash in hexadecimal. */
export function wordOf(h: Sql, at: number, words: readonly string[]): Sql {
  const list = `ARRAY[${words.map(literal).join(', ')}]::pg_catalog.text[]`
  return `(${list})[(1 OPERATOR(pg_catalog.+) ${numberBelow(h, at, words.length)})::pg_catalog.int4]`
}

/** A uuid of version 8, which is for what is made otherwise. */
export function uuidOf(h: Sql): Sql {
  const part = (from: number, count: number) => `pg_catalog.substr(${h}, ${from}, ${count})`
  return `pg_catalog.concat(${part(1, 12)}, '8', ${part(14, 3)}, 'a', ${part(18, 15)})::pg_catalog.uuid`
}

/** Six rounds: four are enough for a permutation that cannot be distinguished from a random one. */
const ROUNDS = 6

/**
 * A permutation of the numbers of an integer type, as a Feistel network: different numbers stay different, and the sign stays. Numbers below
 * 2^15 of `smallint`, below 2^31, and all others are permuted among themselves, so an `integer` and a `bigint` give the same.
 */
export function permuteInteger(value: Sql, type: 'smallint' | 'integer' | 'bigint'): Sql {
  const wide = `${value}::pg_catalog.int8`
  // -1 - n maps the negative numbers to those from 0 on, without an overflow.
  const isNegative = `${wide} OPERATOR(pg_catalog.<) 0::pg_catalog.int8`
  const folded = `CASE WHEN ${isNegative} THEN (-1)::pg_catalog.int8 OPERATOR(pg_catalog.-) ${wide} ELSE ${wide} END`
  const small = (low: number, high: number) => feistel('mbsync_f.n', low, high)
  const permuted =
    type === 'smallint'
      ? small(8, 7)
      : type === 'integer'
        ? small(16, 15)
        : `CASE WHEN mbsync_f.n OPERATOR(pg_catalog.<) 2147483648::pg_catalog.int8 THEN ${small(16, 15)} ELSE ${outside('mbsync_f.n')} END`
  const result = `(SELECT CASE WHEN ${isNegative} THEN (-1)::pg_catalog.int8 OPERATOR(pg_catalog.-) mbsync_g.n ELSE mbsync_g.n END FROM (SELECT ${permuted} AS n FROM (SELECT ${folded} AS n OFFSET 0) AS mbsync_f OFFSET 0) AS mbsync_g)`
  return `${result}::pg_catalog.${{ smallint: 'int2', integer: 'int4', bigint: 'int8' }[type]}`
}

/** A permutation of the 63-bit numbers from 2^31 on: what comes out below is permuted again, until it does not. */
function outside(n: Sql): Sql {
  const least = '2147483648::pg_catalog.int8'
  return `(WITH RECURSIVE mbsync_walk (n, i) AS (
  SELECT ${feistel(n, 32, 31)}, 0
  UNION ALL SELECT ${feistel('mbsync_w.n', 32, 31)}, mbsync_w.i OPERATOR(pg_catalog.+) 1 FROM mbsync_walk AS mbsync_w WHERE mbsync_w.n OPERATOR(pg_catalog.<) ${least}
) SELECT mbsync_walk.n FROM mbsync_walk WHERE mbsync_walk.n OPERATOR(pg_catalog.>=) ${least} LIMIT 1)`
}

/** A Feistel network over a number of `low + high` bits: each round changes one half by a hash of the other. */
function feistel(n: Sql, low: number, high: number): Sql {
  const split = 2n ** BigInt(low)
  let halves = `SELECT ${n} OPERATOR(pg_catalog.%) ${split}::pg_catalog.int8 AS a, ${n} OPERATOR(pg_catalog./) ${split}::pg_catalog.int8 AS b OFFSET 0`
  for (let round = 0; round < ROUNDS; round += 1) {
    const isEven = round % 2 === 0
    const bits = isEven ? low : high
    const mixed = `${isEven ? 'mbsync_r.a' : 'mbsync_r.b'} OPERATOR(pg_catalog.#) ${roundSql(isEven ? 'mbsync_r.b' : 'mbsync_r.a', round, low + high, bits)}`
    halves = `SELECT ${isEven ? `${mixed} AS a, mbsync_r.b AS b` : `mbsync_r.a AS a, ${mixed} AS b`} FROM (${halves}) AS mbsync_r OFFSET 0`
  }
  return `(SELECT mbsync_r.b OPERATOR(pg_catalog.*) ${split}::pg_catalog.int8 OPERATOR(pg_catalog.+) mbsync_r.a FROM (${halves}) AS mbsync_r)`
}

/** The message has always the same length, so a hash behind a secret block is as good as an HMAC, at half the cost. */
function roundSql(half: Sql, round: number, width: number, bits: number): Sql {
  const message = `pg_catalog.int8send(${half}) ${JOIN} pg_catalog.int4send(${round * 256 + width})`
  const hash = `pg_catalog.encode(pg_catalog.sha256(${padSql('integer', 'inner')} ${JOIN} ${message}), 'hex')`
  return numberAt(hash, 0, bits)
}
