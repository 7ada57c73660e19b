import type { PersonalKind } from './kind.ts'
import { AFTER_IT, BEFORE_IT, ELSEWHERE } from './other-words.ts'
import { PERSONAL_KINDS } from './personal-kinds.ts'
import { phrasesOf } from './phrases.ts'

/** The kinds of each phrase, and those with words that remain patterns. */
interface PhraseIndex {
  readonly byPhrase: ReadonlyMap<string, ReadonlySet<PersonalKind>>
  /** Phrases that a compound may end with: single words. */
  readonly heads: ReadonlyMap<string, ReadonlySet<PersonalKind>>
  readonly open: readonly { readonly kind: PersonalKind; readonly open: RegExp }[]
}

/** Made when the first name is looked up: most runs look up none, and it takes several MB. */
let index: PhraseIndex | undefined

function makeIndex(): PhraseIndex {
  const byPhrase = new Map<string, ReadonlySet<PersonalKind>>()
  const joined = new Set<string>()
  const open = PERSONAL_KINDS.flatMap((kind) => {
    const { fixed, open } = phrasesOf(kind.words)
    const own = new Set([kind])
    for (const phrase of fixed) if (phrase.includes(' ')) joined.add(phrase.replaceAll(' ', ''))
    for (const phrase of fixed)
      for (const written of waysToWrite(phrase)) byPhrase.set(written, withKind(byPhrase.get(written), own))
    return open === undefined ? [] : [{ kind, open }]
  })
  const heads = new Map(
    [...byPhrase].filter(([phrase]) => phrase.length >= LEAST_HEAD && !joined.has(phrase)),
  )
  return { byPhrase, heads, open }
}

/** Most phrases are of one kind, and share its set. */
function withKind(
  before: ReadonlySet<PersonalKind> | undefined,
  own: ReadonlySet<PersonalKind>,
): ReadonlySet<PersonalKind> {
  return before === undefined || before === own ? own : new Set([...before, ...own])
}

const LEAST_JOINED = 7

/** With spaces and, if it is long enough to mean nothing else, as one word. */
function waysToWrite(phrase: string): readonly string[] {
  const joined = phrase.replaceAll(' ', '')
  return joined === phrase || joined.length < LEAST_JOINED ? [phrase] : [phrase, joined]
}

/** The kinds with exactly these words. */
export function kindsCalled(phrase: string): ReadonlySet<PersonalKind> {
  index ??= makeIndex()
  const fixed = index.byPhrase.get(phrase) ?? kindsOfHead(phrase, index.heads)
  const open = index.open.filter((each) => each.open.test(phrase)).map(({ kind }) => kind)
  return open.length === 0 ? fixed : new Set([...fixed, ...open])
}

const NONE: ReadonlySet<PersonalKind> = new Set()

/** A German or Dutch compound is what its last part is: `betriebsarztdiagnose` is a diagnosis. Short parts end words that are no compounds. */
function kindsOfHead(word: string, heads: PhraseIndex['heads']): ReadonlySet<PersonalKind> {
  if (word.includes(' ')) return NONE
  for (let start = LEAST_BEFORE_HEAD; word.length - start >= LEAST_HEAD; start++) {
    const kinds = heads.get(word.slice(start))
    if (kinds !== undefined) return kinds
  }
  return NONE
}

const LEAST_HEAD = 7
const LEAST_BEFORE_HEAD = 4

/**
 * The kinds whose words are in a name, unless words around them make it about something else. The longest match of a kind counts, so that
 * nothing follows `zip code`.
 */
export function kindsNamed(form: string): ReadonlySet<PersonalKind> {
  const before = known.get(form)
  if (before !== undefined) return before
  if (known.size > 50_000) known.clear()
  const named = readKinds(form)
  known.set(form, named)
  return named
}

/** What is said of a trait is the trait: `handicap_type`, `religion_code`. */
const ITS_KIND =
  /^(types?|typ|tipo|art|soort|levels?|niveau|nivel|livello|nivo|status|codes?|cd|kind|class|category|categoria|categorie|grade|degree|grad|grado|percent|pct|description|source|value|self id|self)( |$)/

/** Where a picture is kept, which shows it. */
const ITS_FILE = /^(urls?|uri|path|pfad|files?|datei|key|link|src|image|name)( |$)/
const NOTHING = /^$/

function isPicture({ name }: PersonalKind): boolean {
  return name === 'picture or signature'
}

function isTrait({ name }: PersonalKind): boolean {
  return name === 'health, origin or belief'
}

/** Most names appear in many tables. */
const known = new Map<string, ReadonlySet<PersonalKind>>()

function readKinds(form: string): ReadonlySet<PersonalKind> {
  const list = form.split(' ')
  const seen = new Set<PersonalKind>()
  const named = new Set<PersonalKind>()
  if (ELSEWHERE.test(form)) return named
  for (let length = list.length; length > 0; length--)
    for (let start = 0; start + length <= list.length; start++)
      for (const kind of kindsCalled(list.slice(start, start + length).join(' '))) {
        if (seen.has(kind) || (kind.isWhole === true && length < list.length)) continue
        seen.add(kind)
        const before = list.slice(0, start).join(' ')
        const after = list.slice(start + length).join(' ')
        if (
          !BEFORE_IT.test(isTrait(kind) ? before.replace(ITS_KIND, '') : before) &&
          !AFTER_IT.test(after.replace(isTrait(kind) ? ITS_KIND : isPicture(kind) ? ITS_FILE : NOTHING, ''))
        )
          named.add(kind)
      }
  return named
}
