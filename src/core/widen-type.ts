/**
 * How the values of a type arrive in one that holds all of them. `same text`: they are written alike in both. `other text`: the wider type reads
 * that text and writes it in another way (1.5 as 1.50). `cast`: the wider type would read the text as another value than a cast makes of it.
 */
export type Widening = 'same text' | 'other text' | 'cast'

/**
 * How values of a built-in type, as `format_type` writes it, become those of another one; undefined where that may not hold each of them. Values
 * become what `ALTER TABLE … TYPE` would make of them, so a `real` keeps its number, not its digits, and a `char(n)` loses its padding as text.
 */
export function widenType(source: string, target: string): Widening | undefined {
  if (source === target) return 'same text'
  const isArray = source.endsWith('[]')
  if (isArray !== target.endsWith('[]')) return undefined
  const [from, to] = [source, target].map((type) => parse(isArray ? type.slice(0, -2) : type))
  return from === undefined || to === undefined ? undefined : widen(from, to)
}

interface ParsedType {
  readonly name: string
  readonly modifiers: readonly number[]
}

/** `timestamp(3) without time zone` is a `timestamp without time zone` with the modifier 3. */
function parse(type: string): ParsedType | undefined {
  const parts = /^([a-z ]+?)(?:\((-?\d+(?:,-?\d+)?)\))?( with(?:out)? time zone)?$/.exec(type)
  if (parts === null) return undefined
  const [, name = '', modifiers, zone = ''] = parts
  return { name: `${name}${zone}`, modifiers: modifiers?.split(',').map(Number) ?? [] }
}

function widen(from: ParsedType, to: ParsedType): Widening | undefined {
  const digits = DIGITS.get(from.name)
  if (digits !== undefined) return widenInteger(digits, to)
  if (from.name === 'numeric') return to.name === 'numeric' ? widenNumeric(from, to) : undefined
  if (from.name === 'real') return to.name === 'double precision' ? 'cast' : undefined
  if (PADDED.has(from.name)) return widenPadded(from, to)
  const isWider = WIDER.get(from.name)?.includes(to.name) ?? false
  return isWider && isLonger(from, to) ? 'same text' : undefined
}

/** The most digits that an integer type holds. */
const DIGITS = new Map([
  ['smallint', 5],
  ['integer', 10],
  ['bigint', 19],
])
const PADDED = new Set(['character', 'bpchar'])

/** What has a modifier, which is the length or precision, holds all of the same with a larger one, or with none. */
const WIDER = new Map([
  ['character varying', ['character varying', 'text']],
  ['text', ['character varying']],
  ['name', ['text', 'character varying']],
  ['bit', ['bit varying']],
  ['bit varying', ['bit varying']],
  ['timestamp without time zone', ['timestamp without time zone']],
  ['timestamp with time zone', ['timestamp with time zone']],
  ['time without time zone', ['time without time zone']],
  ['time with time zone', ['time with time zone']],
  ['interval', ['interval']],
])
/** The most that a name has, which has no modifier. */
const LONGEST_NAME = 63

function isLonger(from: ParsedType, to: ParsedType): boolean {
  const [most] = to.modifiers
  if (most === undefined) return true
  return most >= (from.modifiers[0] ?? (from.name === 'name' ? LONGEST_NAME : Number.POSITIVE_INFINITY))
}

function widenInteger(digits: number, to: ParsedType): Widening | undefined {
  const most = DIGITS.get(to.name)
  if (most !== undefined) return digits <= most ? 'same text' : undefined
  return to.name === 'numeric' ? widenNumeric({ name: 'numeric', modifiers: [digits, 0] }, to) : undefined
}

function widenNumeric(from: ParsedType, to: ParsedType): Widening | undefined {
  const [precision, scale] = [from.modifiers[0], from.modifiers[1] ?? 0]
  const [most, digits] = [to.modifiers[0], to.modifiers[1] ?? 0]
  if (most === undefined) return 'same text'
  if (precision === undefined || digits < scale || most - digits < precision - scale) return undefined
  // A negative scale rounds, and is not written.
  return Math.max(scale, 0) === Math.max(digits, 0) ? 'same text' : 'other text'
}

/** Blanks at the end mean nothing in a padded type: a cast to another type of text removes them, reading them does not. */
function widenPadded(from: ParsedType, to: ParsedType): Widening | undefined {
  if (PADDED.has(to.name)) {
    if (to.modifiers.length === 0) return 'same text'
    return isLonger(from, to) ? 'other text' : undefined
  }
  const isText = to.name === 'text' || to.name === 'character varying'
  return isText && isLonger(from, to) ? 'cast' : undefined
}
