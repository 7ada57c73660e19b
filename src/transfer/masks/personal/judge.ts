import type { PersonalKind } from './kind.ts'
import { kindNamed, PERSONAL_KINDS } from './personal-kinds.ts'
import type { Sample } from './sample.ts'

/** What a column is, and what shows it. */
export interface Judged {
  readonly kind: PersonalKind
  readonly reasons: readonly string[]
}

/**
 * What sentences are taken for: about people; about people only if they show it, whatever the column's name or unless it has one for free
 * text; or about things.
 */
export type ProseOf = 'people' | 'people who are shown' | 'what may be people' | 'things'

/** What is known of the table of a column. */
export interface JudgedTable {
  readonly isStrict: boolean
  /** What sentences in the column are about. */
  readonly prose: ProseOf
  /** Whether its rows are anything but people, and refer to none: what begins with a first name is as often called so. */
  readonly isOfOthers: boolean
  /** Whether values of a kind would be those of a business or a machine. */
  isImpersonal(kind: PersonalKind): boolean
  /** What its names and mailboxes would be. */
  readonly holds?: Holds | undefined
}

/** What values of a column would be if they look like it. */
export interface Holds {
  /** Whether names to sign in with are those of users. */
  readonly logins: boolean
  /** Whether mailboxes are those of an organisation, though not all of them look like it. */
  readonly mailboxes: boolean
  /** Whether texts that name someone are about a person. */
  readonly namesWithin: boolean
}

/** The percentage of values that must match for a column to be of a kind whatever its name is, and the one below which the name is doubted. */
const SURE_PERCENT = 50
const DOUBTFUL_PERCENT = 5
/** Common first names are fewer than all first names; where values are written as names of people are, a few of them will do. */
const SURE_NAMES_PERCENT = 25
const SURE_AMONG_NAME_LIKE_PERCENT = 8
const SURE_MIXED_PERCENT = 40
const FEWEST_VALUES = 10
/** Of longer texts and JSON, a few that hold something about a person will do. */
const SURE_WITHIN_PERCENT = 10

/**
 * Judges a column by what its name says and by a sample of its values. A strict profile doubts no name.
 */
export function judge(
  byName: PersonalKind | undefined,
  sample: Sample | undefined,
  { isStrict, prose, isOfOthers, isImpersonal, holds }: JudgedTable,
): Judged | undefined {
  if (!isStrict && sample !== undefined && holdsMailboxes(sample, holds)) return undefined
  const byValue =
    judgeValues(sample, isOfOthers, isImpersonal) ??
    (byName === undefined ? judgeProse(sample, prose) : undefined)
  if (byName === undefined || byValue === undefined)
    return (
      byValue ??
      (byName === undefined || isDoubtful(byName, sample, isStrict) || isAboutThings(byName, sample, prose)
        ? judgeNamed(sample, holds, isImpersonal)
        : named(byName))
    )
  return isSurer(byName, byValue.kind) ? { kind: byName, reasons: byValue.reasons } : byValue
}

function named(kind: PersonalKind): Judged {
  return { kind, reasons: [kind.evidence ?? 'its name'] }
}

/** Whether a column has so few different values that they are those of a list. */
function isOfAList({ values, distinct }: Sample, most: number): boolean {
  return distinct !== undefined && distinct <= most && distinct * LEAST_ROWS_OF_EACH <= values
}

const LEAST_ROWS_OF_EACH = 4
/** A few people may write all comments, and one may work for many. */
const YES_OR_NO = 2
const MOST_NAMES = 4
const MOST_TEXTS = 6
const MOST_DESCRIPTIONS = 9

/** Words of a list, where the name says little or says that they are a person's: who is meant is `patient` or `doctor`. */
function isACode({ name, mask, evidence, families }: PersonalKind, sample: Sample): boolean {
  if (evidence !== undefined) return families.includes('json') && isOfAList(sample, MOST_DESCRIPTIONS)
  if (name === 'free text about a person') return sample.prose === 0 && isOfAList(sample, MOST_TEXTS)
  if (mask === 'street') return isOfAList(sample, YES_OR_NO)
  return (
    mask === 'name' &&
    sample.names + sample.nameLike + sample.traits === 0 &&
    Math.max(0, ...sample.matches.values()) === 0 &&
    isOfAList(sample, MOST_NAMES)
  )
}

/**
 * E-mail and IP addresses are always written as such, reasons as sentences, and copies of rows with names: values that never are show that
 * the name means something else.
 */
function isDoubtful(
  { mask, isProse, ...kind }: PersonalKind,
  sample: Sample | undefined,
  isStrict: boolean,
): boolean {
  if (isStrict || sample === undefined || sample.values < FEWEST_VALUES) return false
  if (isACode({ mask, ...kind }, sample)) return true
  if (isProse === true) return (sample.prose * 100) / sample.values < DOUBTFUL_PERCENT
  if (mask !== 'email' && mask !== 'ip' && kind.isWithin !== true) return false
  const counts = [...sample.matches].flatMap(([each, count]) =>
    each.name === kind.name || each.isWithin === true ? [count] : [],
  )
  return (Math.max(0, ...counts) * 100) / sample.values < DOUBTFUL_PERCENT
}

/** Masks of values that are mostly digits: what such a number is, its column's name knows better. */
const OF_DIGITS = ['hash', 'iban', 'card', 'phone']

/** Whether the name of a column says more than its values: a first name looks like any name, and one number like another. */
function isSurer(byName: PersonalKind, byValue: PersonalKind): boolean {
  if (
    byName.name === byValue.name ||
    byName.name === 'password or secret' ||
    byValue.mask === 'name' ||
    byValue.isWithin === true
  )
    return true
  return (byValue.mask === 'phone' || byValue.mask === 'card') && OF_DIGITS.includes(byName.mask)
}

/** Of sentences that show people, some will do: many say nothing of who is meant. */
const SURE_OF_PEOPLE_PERCENT = 10

function showsPeople({ prose, proseOfPeople }: Sample): boolean {
  return proseOfPeople * 100 >= prose * SURE_OF_PEOPLE_PERCENT
}

function isAboutThings({ name }: PersonalKind, sample: Sample | undefined, of: ProseOf): boolean {
  if (of !== 'people who are shown' || name !== 'free text about a person') return false
  return (
    sample !== undefined &&
    sample.values >= FEWEST_VALUES &&
    sample.proseOfPeople * 100 < sample.values * DOUBTFUL_PERCENT
  )
}

/** Whether all e-mail addresses, or most of those of an organisation, are of its functions. */
function holdsMailboxes({ values, matches, mailboxes = 0 }: Sample, holds: Holds | undefined): boolean {
  const least = holds?.mailboxes === true ? MOST_MAILBOXES_PERCENT : ALL_MAILBOXES_PERCENT
  const emails = Math.max(
    0,
    ...[...matches].flatMap(([{ mask }, count]) => (mask === 'email' ? [count] : [])),
  )
  return emails >= FEWEST_VALUES && emails * 2 >= values && mailboxes * 100 >= emails * least
}

const ALL_MAILBOXES_PERCENT = 95
const MOST_MAILBOXES_PERCENT = 75

/** Names to sign in with, and texts that name someone. */
function judgeNamed(
  sample: Sample | undefined,
  holds: Holds | undefined,
  isImpersonal: (kind: PersonalKind) => boolean,
): Judged | undefined {
  if (sample === undefined || holds === undefined || sample.values < FEWEST_VALUES) return undefined
  const { values, distinct = 0, logins = 0, namesWithin = 0 } = sample
  const percentOf = (count: number) => Math.round((count * 100) / values)
  if (NAME !== undefined && holds.logins && distinct * 2 >= values && percentOf(logins) >= SURE_PERCENT)
    return {
      kind: NAME,
      reasons: [`${percentOf(logins)} % of ${values} values look like names to sign in with`],
    }
  if (MIXED === undefined || !holds.namesWithin || isImpersonal(MIXED)) return undefined
  return percentOf(namesWithin) < SURE_WITHIN_PERCENT
    ? undefined
    : { kind: MIXED, reasons: [`${percentOf(namesWithin)} % of ${values} values hold a name`] }
}

function isMostlyProse({ values, prose }: Sample): boolean {
  return values >= FEWEST_VALUES && prose * 100 >= values * SURE_PERCENT
}

function judgeProse(sample: Sample | undefined, of: ProseOf): Judged | undefined {
  if (sample === undefined || of === 'things' || PROSE === undefined || !isMostlyProse(sample))
    return undefined
  const percent = Math.round((sample.prose * 100) / sample.values)
  const found = `${percent} % of ${sample.values} values are sentences`
  if (showsPeople(sample)) return { kind: PROSE, reasons: [`${found}, and some mention people`] }
  return of === 'people' ? { kind: PROSE, reasons: [`${found}, in a table about people`] } : undefined
}

const PROSE = kindNamed('free text about a person')
const HEALTH = PERSONAL_KINDS.find(
  ({ name, needs }) => name === 'health, origin or belief' && needs === 'about people',
)
const NAME = kindNamed('name of a person')
const MIXED = PERSONAL_KINDS.find(({ isWithin }) => isWithin === true)

/** What values are of, but for kinds that they would not be personal as. */
function judgeValues(
  sample: Sample | undefined,
  isOfOthers: boolean,
  isImpersonal: (kind: PersonalKind) => boolean,
): Judged | undefined {
  if (sample === undefined || sample.values < FEWEST_VALUES) return undefined
  const percentOf = (count: number) => Math.round((count * 100) / sample.values)
  for (const [kind, count] of sample.matches) {
    const isWithin = kind.isWithin === true
    if (percentOf(count) < (isWithin ? SURE_WITHIN_PERCENT : SURE_PERCENT)) continue
    if (!isImpersonal(kind))
      return {
        kind,
        reasons: [
          `${percentOf(count)} % of ${sample.values} values ${isWithin ? 'hold an e-mail address, or a name' : 'look like this'}`,
        ],
      }
    // What is an address or a number of a business as a whole is nothing else.
    if (!isWithin && kind.needs === undefined) return undefined
  }
  const ofTraits = percentOf(sample.traits)
  if (HEALTH !== undefined && ofTraits >= SURE_PERCENT && !isImpersonal(HEALTH))
    return {
      kind: HEALTH,
      reasons: [`${ofTraits} % of ${sample.values} values are words for what someone is`],
    }
  const kind = NAME
  const isNameLike = percentOf(sample.nameLike) >= SURE_PERCENT
  const fewest = isNameLike ? SURE_AMONG_NAME_LIKE_PERCENT : SURE_NAMES_PERCENT
  const isAWord = !isNameLike && (isOfOthers || isOfAList(sample, MOST_DESCRIPTIONS))
  if (kind !== undefined && percentOf(sample.names) >= fewest && !isAWord)
    return isImpersonal(kind)
      ? undefined
      : {
          kind,
          reasons: [`${percentOf(sample.names)} % of ${sample.values} values begin with a common first name`],
        }
  return judgeMixed(sample)
}

/** Values of several kinds, as columns hold that have any attribute of a person: together they are what one of them would be. */
function judgeMixed(sample: Sample): Judged | undefined {
  const counts = new Map([['name', sample.names]])
  for (const [{ mask, isWithin }, count] of sample.matches)
    if (isWithin !== true) counts.set(mask, Math.max(count, counts.get(mask) ?? 0))
  const some = [...counts.values()]
    .map((count) => (count * 100) / sample.values)
    .filter((percent) => percent >= DOUBTFUL_PERCENT)
  const percent = Math.round(some.reduce((sum, each) => sum + each, 0))
  if (MIXED === undefined || some.length < 2 || percent < SURE_MIXED_PERCENT) return undefined
  return {
    kind: MIXED,
    reasons: [`${percent} % of ${sample.values} values look like names, addresses or numbers of people`],
  }
}
