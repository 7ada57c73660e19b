import { columnType } from '../column-type.ts'
import { holdsOf, isTitle } from './holds-of.ts'
import type { Holds, ProseOf } from './judge.ts'
import type { KindFamily, Need, PersonalKind } from './kind.ts'
import { byCopy, byFact, byLength, byMail, OF_ITSELF } from './kind-by-copy.ts'
import { byPerson, isAnAccount, isAPerson, isCode } from './kind-by-person.ts'
import { byRecord } from './kind-by-record.ts'
import { byPair, byRole, bySides, bySubject, type Column } from './kind-by-subject.ts'
import { KINSHIP } from './kinds/more-words.ts'
import { formsOf } from './name-words.ts'
import { byReach, needsOf } from './needs.ts'
import { type Context, isOfABusiness, isOfSomeone } from './of-a-business.ts'
import { nameColumns, type OwnNames } from './own-names.ts'
import { OF_PEOPLE_ALONE } from './people-tables.ts'
import { kindNamed, PERSONAL_KINDS } from './personal-kinds.ts'
import { kindsCalled, kindsNamed } from './phrase-index.ts'
import { isOther, type TableContext, tableContext } from './table-context.ts'

/** What the name of a table says about it. */
export interface NamedTable {
  readonly name: { readonly name: string }
  readonly columns: readonly { readonly name: string; readonly baseType: string }[]
}

/** What the names of a table and of its columns say. */
export interface JudgedNames {
  readonly kinds: ReadonlyMap<string, PersonalKind>
  /** What the sentences in a column are about. */
  readonly prose: ReadonlyMap<string, ProseOf>
  /** What values would be that look like names or mailboxes. */
  readonly holds: ReadonlyMap<string, Holds>
  readonly isOfThings: boolean
  readonly isOfPlaces: boolean
  /** Whether its rows are anything but people, and refer to none. */
  readonly isOfOthers: boolean
  readonly isAboutAnimals: boolean
  readonly namesPeople: boolean
  /** Whether values of a kind would be those of a business or a machine, whatever they look like. */
  isImpersonal(column: string, kind: PersonalKind): boolean
}

/** What other tables and the values show about a table. */
export interface ShownOfTable {
  readonly isAboutPeople: boolean
  readonly isAboutAnimals: boolean
  /** Whether its key refers to a table of people. */
  readonly isOfPeople: boolean
  /** What the names of its rows look like. */
  readonly named: OwnNames
  /** Whether the database uses the type `text` only for long texts. */
  readonly isTextLong: boolean
  /** The columns that refer to tables that are not called as people are. */
  readonly referElsewhere: ReadonlySet<string>
  /** What the values of its columns are, whatever their names. */
  readonly seen?: ReadonlyMap<string, PersonalKind>
}

/** Judges the columns of a table by their names, their types, the table and each other, with what other tables and the values show. */
export function judgeNames(
  table: NamedTable,
  { isAboutPeople, isAboutAnimals, isOfPeople, named, isTextLong, seen, referElsewhere }: ShownOfTable,
): JudgedNames {
  const byItself = tableContext(
    table.name.name,
    table.columns.map(({ name }) => name),
    referElsewhere,
  )
  const isOfBusinesses = named === 'of companies'
  const isNamedOtherwise = named === 'of things' && !byItself.isOfPeople && !isOfPeople
  const byTables: Context = {
    ...byItself,
    isAboutPeople: byItself.isAboutPeople || isAboutPeople,
    isAboutAnimals: byItself.isAboutAnimals || isAboutAnimals,
    isOfPlaces: byItself.isOfPlaces || isOfBusinesses || isNamedOtherwise,
    isOfBusinesses,
    isOfPeople: (byItself.isOfPeople || isOfPeople) && !isOfBusinesses,
    isOfMachines:
      byItself.isOfMachines || (byItself.isOfDevices && !byItself.isAboutPeople && !isAboutPeople),
  }
  const columns = table.columns.map(({ name, baseType }) => {
    const family = familyOf(baseType)
    const forms = formsOf(plainName(name, baseType), byItself.affixes)
    const named = new Set(forms.flatMap((form) => [...kindsNamed(form)]))
    return { name, family, baseType, forms, named }
  })
  const sure = columns.map(
    (column) => byWords(column, () => false) ?? byRole(column) ?? seen?.get(column.name),
  )
  // What only a person has outweighs what the name of the table says.
  const isPerson = isAPerson(byTables, sure.filter(isShown), isOfPeople)
  const isNamedSo = named === 'of people' && byItself.namesPeople
  const isOfNobody = !sure.some((kind) => kind !== undefined && OF_PEOPLE_ALONE.has(kind.name))
  const context: Context = {
    ...byTables,
    isOfPeople: byTables.isOfPeople || isPerson || isNamedSo,
    isOfPlaces: byTables.isOfPlaces && isOfNobody && !isNamedSo,
    isOfCompanies: byTables.isOfCompanies && isOfNobody,
  }
  const ownNames = new Set(nameColumns(table))
  const found = new Map<string, PersonalKind>()
  const prose = new Map<string, ProseOf>()
  const holds = new Map<string, Holds>()
  const impersonal = new Map<string, (kind: PersonalKind) => boolean>()
  for (const [index, each] of columns.entries()) {
    const column = { ...each, isOfSomeone: isOfSomeone(each, columns[index - 1], sure[index - 1]) }
    const others = sure.filter((_, at) => at !== index).filter(isShown)
    const needs = needsOf(context, column, others, columns)
    impersonal.set(
      column.name,
      (kind) =>
        (kind.needs !== undefined && !needs[kind.needs]) ||
        (kind.mask === 'name' &&
          (isNamedAsPlace(column) ||
            !isNameOfPerson(context, ownNames.has(column.name) || isTitle(column)))) ||
        isOfABusiness(context, column, kind, others),
    )
    const row = {
      isPerson: isAPerson(context, others, isOfPeople) && !isAnAccount(sure),
      isAboutPerson: needs.writing && !context.isOfPlaces,
      isMovement: needs.movements,
    }
    const kind =
      byWords(column, (need) => needs[need]) ??
      byReach(column, columns) ??
      byPair(column, columns) ??
      byRole(column) ??
      byRecord(context, column, { columns, sure, ownNames, isAboutPeople: needs['about people'] }) ??
      byTable(context, column, needs) ??
      byMail(context, column) ??
      byCopy(context, column) ??
      bySubject(context, column, needs) ??
      bySides(column, columns, needs) ??
      byFact(context, column, columns) ??
      byType(context, column, needs) ??
      byPerson(row, column)
    const isWritten =
      needs['about people'] && !context.isOfThings && !context.isOfMachines && !isHeading(column)
    prose.set(column.name, proseOf(context, column, { isWritten, ...row, isAbout: needs['about people'] }))
    holds.set(column.name, holdsOf(context, column, prose.get(column.name)))
    const long = kind === undefined && isWritten && isTextLong ? byLength(context, column) : undefined
    const judged = kind ?? long
    const isOwnName = judged?.mask === 'name' && isOfBusinesses && ownNames.has(column.name)
    const isOfALedger = context.isOfLedgers && judged?.mask === 'iban'
    if (judged !== undefined && !isOfALedger && !isOwnName && !isOfABusiness(context, column, judged, others))
      found.set(column.name, judged)
  }
  return {
    kinds: found,
    prose,
    holds,
    isOfThings: context.isOfThings,
    isOfPlaces: context.isOfPlaces,
    isOfOthers: isOther(context) && !context.isAboutPeople,
    isAboutAnimals: context.isAboutAnimals,
    namesPeople: byItself.namesPeople,
    isImpersonal: (column, kind) => impersonal.get(column)?.(kind) === true,
  }
}

/** Sentences in tables of places and animals, and what describes the row itself, must show that they are about people. */
function proseOf(
  context: Context,
  column: Column,
  { isWritten, isPerson, isAbout }: { isWritten: boolean; isPerson: boolean; isAbout: boolean },
): ProseOf {
  const isDescription = column.forms.some((form) => OF_ITSELF.test(form) && form !== 'about')
  const isOfEvents = isPerson || context.isOfMessages || context.isOfHealth
  if (context.isOfPlaces || context.isOfAnimals || (isDescription && !isOfEvents))
    return isAbout || !context.isOfThings ? 'people who are shown' : 'things'
  return isWritten ? 'people' : isAbout || !context.isOfThings ? 'what may be people' : 'things'
}

/** What a text is about, which a person has rarely chosen with care, but seldom names one. */
const HEADING =
  /(^| )(titles?|ttl|subject|headline|intro|betreff|titel|uberschrift|titre|intitule|objet|titulo|titular|asunto|titolo|oggetto|assunto|onderwerp|caption|label|question)( |$)/

/** Towns are called as people are. */
function isNamedAsPlace({ named }: Column): boolean {
  return named.size > 0 && [...named].every(({ mask }) => mask === 'city')
}

function isHeading({ forms }: Column): boolean {
  return forms.some((form) => HEADING.test(form))
}

/** Stations and wines are called as people are. */
function isNameOfPerson(context: Context, isOwnName: boolean): boolean {
  return !isOther(context) || context.isOfPeople || !isOwnName
}

/** Machines have tokens and keys, too. */
function isShown(kind: PersonalKind | undefined): kind is PersonalKind {
  return kind !== undefined && kind.name !== 'password or secret'
}

function byWords(column: Column, meets: (need: Need) => boolean): PersonalKind | undefined {
  const [first, ...others] = PERSONAL_KINDS.filter(
    (kind) =>
      column.named.has(kind) &&
      kind.families.includes(column.family) &&
      !(column.baseType === 'smallint' && OF_MANY_DIGITS.has(kind.mask)) &&
      !(
        kind.mask === 'iban' &&
        (columnType(column.baseType).limit ?? FEWEST_OF_AN_ACCOUNT) < FEWEST_OF_AN_ACCOUNT
      ) &&
      !(kind.isProse === true && isShort(column.baseType)) &&
      !(kind.words === KINSHIP && isCode(column.baseType)) &&
      (kind.needs === undefined || meets(kind.needs)),
  )
  // Of `doctor_comment` and `patient_gender`, the person is only whose it is; of `comment_author`, it is the person that is meant.
  if (first?.mask !== 'name' || column.forms.some((form) => MEANS_A_PERSON.test(form))) return first
  return others.find(({ mask }) => !mask.endsWith('name')) ?? first
}

/** What has more digits than a small number. */
const OF_MANY_DIGITS = new Set(['phone', 'iban', 'card', 'hash'])

/** Fewer characters than an account has. */
const FEWEST_OF_AN_ACCOUNT = 6

/** Where a reason has no room for a sentence, it is one of a list. */
function isShort(baseType: string): boolean {
  const { limit } = columnType(baseType)
  return limit !== undefined && limit <= 40
}

const MEANS_A_PERSON =
  /(^| )(name|names|naam|nm|nom|nombre|nome|author|reporter|sender|holder|editor|reviewer|by|auteur|autor|autore|verfasser|absender|inhaber)$|^(auteur|autor|autore|nom|nombre|nome|name|naam) /

/** Types as they are named, where {@link columnType} knows no family of theirs. */
function familyOf(baseType: string): KindFamily {
  // An array is of the kind of its elements.
  const plain = baseType.replaceAll('[]', '')
  const { family, name } = columnType(plain)
  if (family !== 'other') return family
  if (name === 'boolean') return 'boolean'
  if (name === 'money') return 'number'
  if (name === 'cidr') return 'network'
  if (/(^|\.)hstore$/.test(name)) return 'json'
  if (name === 'tsvector') return 'search'
  if (/^point$|(^|\.)(geometry|geography|earth)$/.test(name)) return 'place'
  return BUILT_IN.test(name) ? 'other' : 'own'
}

const BUILT_IN =
  /^(xml|interval|time .*|bit.*|oid|reg.*|tsquery|"char"|name|line|lseg|box|path|polygon|circle|.*range|jsonpath|pg_.*|txid_snapshot|.*vector|.*ltree)$/

/** Without what only says that it is a flag, or that it is a list: `is_pregnant boolean`, `email_list text[]`. */
function plainName(name: string, baseType: string): string {
  if (baseType === 'boolean')
    return name.replace(/^(is|has|was|ist|hat|est|a|es|tiene|esta|e|ha|sta)(_|(?=[A-Z]))/, '')
  return baseType.endsWith('[]')
    ? name.replace(/(_|(?<=[a-z])(?=[A-Z]))(list|array|arr|set|liste|lista|lijst)$/i, '')
    : name
}

/** In a table of e-mail addresses, the columns `value` and `address` are what its name says. */
function byTable(
  { words, isOfThings }: TableContext,
  { forms, family }: Column,
  needs: Readonly<Record<Need, boolean>>,
): PersonalKind | undefined {
  if (isOfThings || !forms.some((form) => CONTENT.test(form))) return undefined
  const list = words.split(' ')
  const ends = list.map((_, start) => list.slice(start).join(' '))
  const names = [...ends, ...ends.map((end) => end.replace(/(?<=[a-z]{2})s$/, ''))]
  const called = new Set(names.flatMap((name) => [...kindsCalled(name)]))
  return PERSONAL_KINDS.find(
    (kind) =>
      called.has(kind) &&
      (kind.needs === undefined || needs[kind.needs]) &&
      kind.families.includes(family) &&
      (kind.mask === 'name' || !forms.includes('name')),
  )
}

const CONTENT =
  /^(address|value|number|content|name|data|bytes|blob|image|picture|binary|bild|abbild|afbeelding|imagen|immagine|imagem|datei|fichier|archivo|bestand|src|url|uri|path|file|key)$/

/** Addresses of devices are personal, unless their table is about machines, and so are the words by which a person is found. */
function byType(
  { isOfMachines }: TableContext,
  { forms, family, baseType }: Column,
  { people, 'about people': aboutPeople }: Readonly<Record<Need, boolean>>,
): PersonalKind | undefined {
  if (family === 'search') return people ? SEARCHED : undefined
  if (family === 'bytes') return aboutPeople && !DERIVED.test(forms.join(' ')) ? DOCUMENT : undefined
  // A cidr is a network, unless its name says whose.
  if ((family !== 'network' && family !== 'hardware') || baseType === 'cidr' || isOfMachines) return undefined
  return PERSONAL_KINDS.find(({ families }) => families.includes(family))
}

/** What is computed from other data. */
const DERIVED =
  /(^| )(hash|checksum|digest|sha(1|256|512)?|md5|etag|thumbnail|nonce|iv|version|row ?version)( |$)/
const DOCUMENT = kindNamed('document about a person')
const SEARCHED = kindNamed('search text about a person')
