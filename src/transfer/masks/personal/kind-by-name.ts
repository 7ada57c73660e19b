import { columnType } from '../column-type.ts'
import {
  ABOUT_SOMETHING_ELSE,
  OF_A_PERSON,
  OF_MACHINES,
  OF_PLACES,
  PEOPLE,
  PERSONAL_KINDS,
  type PersonalKind,
  wordsOf,
} from './personal-kinds.ts'

/** A table by what its names say. */
export interface NamedTable {
  readonly name: { readonly name: string }
  readonly columns: readonly NamedColumn[]
}

type NamedColumn = { readonly name: string; readonly baseType: string }

/** This number of columns that are personal in any table makes the table one about people. */
const ENOUGH_COLUMNS = 2

/** The kind of personal data that a column has by its name, its type, its table and the columns beside it; undefined for none. */
export function kindByName(table: NamedTable, column: NamedColumn): PersonalKind | undefined {
  const isOfPeople =
    PEOPLE.test(wordsOf(table.name.name)) ||
    OF_A_PERSON.test(wordsOf(column.name)) ||
    isAboutPeople(table, column)
  const kind = byWords(column, isOfPeople) ?? byType(table, column)
  const isOfPlace = !isOfPeople && kind?.mask === 'street' && OF_PLACES.test(wordsOf(table.name.name))
  return isOfPlace ? undefined : kind
}

/** An IP address says as much as two other columns: the row is about someone's doings. */
function isAboutPeople({ columns }: NamedTable, column: NamedColumn): boolean {
  const kinds = columns.flatMap((each) => (each === column ? [] : (byWords(each, false) ?? [])))
  return kinds.length >= ENOUGH_COLUMNS || kinds.some(({ mask }) => mask === 'ip')
}

function byWords(column: NamedColumn, isOfPeople: boolean): PersonalKind | undefined {
  const names = withoutParticles(wordsOf(column.name))
  // An array is of what its elements are.
  const { family } = columnType(column.baseType.replaceAll('[]', ''))
  const kind = PERSONAL_KINDS.find(
    ({ words, needsPeople, families }) =>
      names.some((name) => words.test(name)) && (!needsPeople || isOfPeople) && families.includes(family),
  )
  if (kind === undefined) return undefined
  const isOfSomethingElse = names.every((name) => ABOUT_SOMETHING_ELSE.test(name) && !isWhole(name, kind))
  return isOfSomethingElse ? undefined : kind
}

/** The name as it is, and without words such as `de` and `la`. */
function withoutParticles(name: string): readonly string[] {
  const short = name.replaceAll(/ (de|du|des|d|la|le|les|l|del|el|los|las|y|et|a|of|the)(?= )/g, '')
  return short === name ? [name] : [name, short]
}

/** Whether nothing else stands in the name: `tax id` is a number of its own, `email id` is none. */
function isWhole(name: string, { words }: PersonalKind): boolean {
  return words.exec(name)?.[0]?.trim() === name
}

/** Addresses of devices are personal unless their table is one of machines. */
function byType({ name }: NamedTable, { baseType }: NamedColumn): PersonalKind | undefined {
  const { family } = columnType(baseType)
  if ((family !== 'network' && family !== 'hardware') || OF_MACHINES.test(wordsOf(name.name)))
    return undefined
  return PERSONAL_KINDS.find(({ families }) => families.includes(family))
}
