import { LEXICON, PARTS } from './lexicon.ts'
import { spellOut } from './short-words.ts'

/** Gives the same text for `billingEMail` and `billing_e_mail`: `billing e mail`, without accents. */
export function wordsOf(identifier: string): string {
  return identifier
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, ' ')
    .trim()
    .toLowerCase()
}

/** The words of a name, with joined words separated: `hashedpassword2` is `hashed password 2`. */
export function splitWordsOf(identifier: string): string {
  return wordsOf(identifier).split(' ').map(splitWord).join(' ')
}

const known = new Map<string, string>()

function splitWord(word: string): string {
  const before = known.get(word)
  if (before !== undefined) return before
  const [, letters = word, digits = ''] = /^([a-z]{3,})(\d{1,2})$/.exec(word) ?? []
  const parts = PARTS.has(letters) ? [letters] : (partsOf(letters) ?? [letters])
  const split = [...parts, ...(digits === '' ? [] : [digits])].join(' ')
  if (known.size > 20_000) known.clear()
  known.set(word, split)
  return split
}

/** The smallest number of known words that make up a word. An `s` may join two of them, as in German. */
function partsOf(word: string): readonly string[] | undefined {
  if (word.length < 6 || word.length > 40) return undefined
  const best: (readonly string[] | undefined)[] = [[]]
  for (let end = 1; end <= word.length; end++)
    for (let start = Math.max(0, end - 20); start <= end - 2; start++) {
      const before = best[start]
      const part = word.slice(start, end)
      const parts = PARTS.has(part)
        ? part
        : JOINED.test(part) && PARTS.has(part.slice(0, -1))
          ? part.slice(0, -1)
          : undefined
      if (before === undefined || parts === undefined) continue
      const all = [...before, parts]
      if (all.length < (best[end]?.length ?? Number.POSITIVE_INFINITY)) best[end] = all
    }
  return best[word.length]
}

const JOINED = /^.{4,}s$/

interface Affixes {
  readonly first?: string
  readonly last?: string
  /** What names without a space begin with: most of them, or a few that stand side by side. */
  readonly glued?: string
  readonly gluedOf?: ReadonlyMap<string, string>
}

/** Words that all or most columns of a table begin or end with, such as `usr`, `adh` or the name of the table. They say nothing about a column. */
export function affixesOf(names: readonly string[], table: string): Affixes {
  const split = names.map((name) => wordsOf(name).split(' ')).filter((words) => words.length > 1)
  const common = (at: number) => {
    const counts = new Map<string, number>()
    for (const words of split) counts.set(words.at(at) ?? '', (counts.get(words.at(at) ?? '') ?? 0) + 1)
    const [word = '', count = 0] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? []
    return count >= 4 && count * 2 >= names.length && !LEXICON.has(word) ? word : undefined
  }
  const whole = wordsOf(table).replace(/s$/, '')
  const isWhole =
    whole.includes(' ') &&
    split.filter((words) => words.join(' ').startsWith(`${whole} `)).length * 2 >= Math.max(8, names.length)
  const [first, last] = [isWhole ? whole : common(0), common(-1)]
  const glued = gluedPrefix(names)
  return {
    ...(first === undefined ? {} : { first }),
    ...(last === undefined ? {} : { last }),
    ...(glued === undefined ? { gluedOf: gluedOfSome(names) } : { glued }),
  }
}

/** The letters that some names share whose rests are words: `l` of `LNA1`, `LSTR`, `LPLZ` and `LORT`. */
function gluedOfSome(names: readonly string[]): ReadonlyMap<string, string> {
  const short = names.map(wordsOf).filter((word) => /^[a-z]{3,8}[0-9]?$/.test(word) && !PARTS.has(word))
  const isShared = (prefix: string) =>
    short.filter((word) => word.startsWith(prefix) && PARTS.has(word.slice(prefix.length))).length >= 2
  return new Map(
    short.flatMap((word) => {
      const prefix = [word.slice(0, 2), word.slice(0, 1)].find(isShared)
      return prefix === undefined ? [] : [[word, prefix] as const]
    }),
  )
}

/** What most names without a space begin with: `fa` of `FANR`, `FANAME` and `FASTR`. */
function gluedPrefix(names: readonly string[]): string | undefined {
  const single = names.map(wordsOf).filter((words) => !words.includes(' '))
  const [one = ''] = single
  const isOneLetter =
    single.length >= 5 &&
    single.length === names.length &&
    single.every((word) => word.startsWith(one.slice(0, 1)) && !PARTS.has(word))
  const found = [4, 3, 2]
    .flatMap((length) => [...new Set(single.map((word) => word.slice(0, length)))])
    .find(
      (prefix) =>
        !PARTS.has(prefix) &&
        single.filter((word) => word.startsWith(prefix) && word.length >= prefix.length + 2).length * 5 >=
          Math.max(25, names.length * 3),
    )
  // All names of a file of an old system may begin with one letter.
  return found ?? (isOneLetter ? one.slice(0, 1) : undefined)
}

/**
 * The ways to read a column's name: unchanged, without prefixes and suffixes that say nothing, with `ae` as an umlaut, and with words that
 * were cut short written out.
 */
export function formsOf(name: string, affixes: Affixes): readonly string[] {
  const glued = affixes.glued ?? affixes.gluedOf?.get(wordsOf(name))
  const key = `${name} ${affixes.first ?? ''}|${affixes.last ?? ''}|${glued ?? ''}`
  const before = knownForms.get(key)
  if (before !== undefined) return before
  if (knownForms.size > 20_000) knownForms.clear()
  const forms = readForms(name, { ...affixes, ...(glued === undefined ? {} : { glued }) })
  knownForms.set(key, forms)
  return forms
}

/** A table is looked at several times. */
const knownForms = new Map<string, readonly string[]>()

function readForms(name: string, { first, last, glued }: Affixes): readonly string[] {
  const words = wordsOf(name).split(' ')
  const isFirst = first !== undefined && words.join(' ').startsWith(`${first} `)
  const own = words.slice(
    isFirst ? first.split(' ').length : 0,
    words.length > 1 && words.at(-1) === last ? -1 : undefined,
  )
  const split = own.map(splitWord).join(' ')
  const plain = split.replaceAll(PARTICLES, '')
  const bare = plain.replace(BEFORE, '').replace(AFTER, '')
  const joined = own.join(' ').replaceAll(/([aou])e(?=[a-z])/g, '$1')
  const spelled = bare
    .replaceAll(/([aou])e(?=[a-z])/g, '$1')
    .split(' ')
    .map(splitWord)
    .join(' ')
  const rest =
    glued !== undefined && own.length === 1 && own[0]?.startsWith(glued) === true
      ? splitWord(own[0].slice(glued.length)).replace(AFTER, '')
      : ''
  return [
    ...new Set(
      [own.join(' '), joined, split, plain, bare, spelled, spellOut(bare), rest, spellOut(rest)].filter(
        (form) => form !== '',
      ),
    ),
  ]
}

const PARTICLES =
  / (de|du|des|d|da|do|dos|das|di|della|dello|la|le|les|l|del|el|los|las|y|et|a|e|of|the|van|der|den)(?= )/g
const BEFORE =
  /^((alt(ernat(e|iv)e?)?|secondary|primary|second|other|main|new|old|former|current|last|previous|original|normali[sz]ed|canonical|unconfirmed|unverified|raw|plain|clear|encrypted|enc|hashed|masked|temp|tmp|my|own|the|txt|str|vc|ds|dt|nm|nr|cod|x) )+(?=\S)/
const AFTER =
  /( (source value|enc|encrypted|crypt|crypted|cipher ?text|cipher|bidx|blind ?index|hash|hashed|digest|raw|plain|clear|cleartext|masked|normali[sz]ed|canonical|value|val|text|txt|string|str|e164|intl|primary|secondary|alt|old|new|tmp|temp|private|work|home|[0-9]+|one|two|three|i|ii|iii|[a-d]))+$/
