import { keyedHashSql, numberAt } from './hash-sql.ts'

/** Six rounds; four would be enough to make the permutation indistinguishable from a random one. */
const ROUNDS = 6

/**
 * A permutation of the numbers of an integer type, as a Feistel network: different numbers stay different, and the sign stays. The numbers
 * below 2^15 of a `smallint`, the numbers below 2^31, and all others are permuted separately, so that an `integer` and a `bigint` give the
 * same result.
 */
export function permuteInteger(value: string, type: 'smallint' | 'integer' | 'bigint'): string {
  const wide = `${value}::pg_catalog.int8`
  // -1 - n maps the negative numbers to those from 0 on, without overflow.
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

/** A permutation of the 63-bit numbers from 2^31 on. A result below 2^31 is permuted again, until there is none. */
function outside(n: string): string {
  const least = '2147483648::pg_catalog.int8'
  return `(WITH RECURSIVE mbsync_walk (n, i) AS (
  SELECT ${feistel(n, 32, 31)}, 0
  UNION ALL SELECT ${feistel('mbsync_w.n', 32, 31)}, mbsync_w.i OPERATOR(pg_catalog.+) 1 FROM mbsync_walk AS mbsync_w WHERE mbsync_w.n OPERATOR(pg_catalog.<) ${least}
) SELECT mbsync_walk.n FROM mbsync_walk WHERE mbsync_walk.n OPERATOR(pg_catalog.>=) ${least} LIMIT 1)`
}

/** A Feistel network over a number of `low + high` bits. Each round changes one half by a hash of the other. */
function feistel(n: string, low: number, high: number): string {
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

function roundSql(half: string, round: number, width: number, bits: number): string {
  const message = `pg_catalog.int8send(${half}) OPERATOR(pg_catalog.||) pg_catalog.int4send(${round * 256 + width})`
  return numberAt(keyedHashSql('integer', message), 0, bits)
}
