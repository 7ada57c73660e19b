import type { Mask } from '../../core/mask.ts'
import { literal } from '../../postgres/identifiers.ts'
import { joined, MOST_BYTES } from './hash-sql.ts'
import type { MadeMask, Misfit } from './mask-maker.ts'

/**
 * A text of the same length. Letters and digits are drawn from the hash of the whole text, so no character depends on the one that it
 * replaces. White space and ASCII punctuation stay. Characters are joined in the order of `unnest`, because sorting them would double the
 * time.
 */
export function maskedLetters(value: string, hash: string): string {
  const drawn = `(pg_catalog.get_byte(mbsync_h.h, ((mbsync_c.i OPERATOR(pg_catalog.-) 1::pg_catalog.int8) OPERATOR(pg_catalog.%) ${MOST_BYTES}::pg_catalog.int8)::pg_catalog.int4))`
  const from = (first: string, count: number) =>
    `pg_catalog.chr(pg_catalog.ascii('${first}') OPERATOR(pg_catalog.+) (${drawn} OPERATOR(pg_catalog.%) ${count}))`
  const between = (first: string, last: string) =>
    `mbsync_c.code OPERATOR(pg_catalog.>=) pg_catalog.ascii('${first}') AND mbsync_c.code OPERATOR(pg_catalog.<=) pg_catalog.ascii('${last}')`
  const isLetter = `${between('a', 'z')} OR mbsync_c.code OPERATOR(pg_catalog.>=) 128 OR mbsync_c.code OPERATOR(pg_catalog.<) 0`
  const replaced = `CASE WHEN ${between('0', '9')} THEN ${from('0', 10)} WHEN ${between('A', 'Z')} THEN ${from('A', 26)} WHEN ${isLetter} THEN ${from('a', 26)} ELSE mbsync_c.ch END`
  const characters = `SELECT s.ch, s.i, pg_catalog.ascii(s.ch) AS code FROM pg_catalog.unnest(pg_catalog.string_to_array(${value}::pg_catalog.text, NULL)) WITH ORDINALITY AS s (ch, i)`
  return `(SELECT coalesce(pg_catalog.string_agg(${replaced}, ''), '') FROM (SELECT ${hash} AS h OFFSET 0) AS mbsync_h, (${characters} OFFSET 0) AS mbsync_c)`
}

/** A string of JSON. One that a colon follows is a key of an object. */
const JSON_STRING = String.raw`"(?:[^"\\]|\\.)*"`
/** The next string that is a value, after everything else. Each search begins where a string has ended, so none begins inside one. */
const NEXT_VALUE = String.raw`((?:[^"]|${JSON_STRING}\s*:)*)${JSON_STRING}`

/** JSON in which all strings, or the values at some paths, are replaced. Everything else stays, including the names of keys. */
export function maskedJson(
  value: string,
  type: string,
  { paths, value: text = 'redacted' }: Mask,
): MadeMask | Misfit {
  const replacement = JSON.stringify(text)
  if (paths === undefined) {
    // A string of mbsync's own ends the text, so that no search fails. It is cut off again.
    const ended = joined(`${value}::pg_catalog.text`, `'""'`)
    const written = literal(`\\1${replacement.replaceAll('\\', '\\\\')}`)
    const replaced = `pg_catalog.regexp_replace(${ended}, ${literal(NEXT_VALUE)}, ${written}, 'g')`
    const sql = `pg_catalog.left(${replaced}, OPERATOR(pg_catalog.-) pg_catalog.length(${literal(replacement)}))`
    return { sql, purposes: [], isInjective: false }
  }
  if (type !== 'jsonb')
    return { problem: '`paths` of `redact-json` is for columns of type jsonb, and it is json' }
  const sql = paths.reduce((json, path) => {
    return `(SELECT ${redactedAt(path.split('.'), `${literal(replacement)}::pg_catalog.jsonb`)} FROM (SELECT ${json} AS j OFFSET 0) AS mbsync_j)`
  }, value)
  return { sql, purposes: [], isInjective: false }
}

/** An index of an array that a path may contain. */
const INDEX = /^-?\d{1,9}$/

/** Replaces the value at a path of `mbsync_j.j`. If the path leads into an array or a text, that is replaced as a whole. */
function redactedAt(steps: readonly string[], replacement: string): string {
  const at = (count: number) =>
    `${literal(`{${steps.slice(0, count).map(element).join(',')}}`)}::pg_catalog.text[]`
  const replaced = (count: number) =>
    count === 0 ? replacement : `pg_catalog.jsonb_set(mbsync_j.j, ${at(count)}, ${replacement}, false)`
  const onTheWay = steps.map((step, count) => {
    const type = `pg_catalog.jsonb_typeof(mbsync_j.j OPERATOR(pg_catalog.#>) ${at(count)})`
    const isNot = (name: string) => `${type} OPERATOR(pg_catalog.<>) '${name}'`
    const cannotEnter = INDEX.test(step) ? `${isNot('object')} AND ${isNot('array')}` : isNot('object')
    return `WHEN coalesce(${type}, 'null') OPERATOR(pg_catalog.=) 'null' THEN mbsync_j.j WHEN ${cannotEnter} THEN ${replaced(count)}`
  })
  const isNothing = `mbsync_j.j OPERATOR(pg_catalog.#>) ${at(steps.length)} IS NULL`
  return `CASE ${onTheWay.join(' ')} WHEN ${isNothing} THEN mbsync_j.j ELSE ${replaced(steps.length)} END`
}

function element(step: string): string {
  return `"${step.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
