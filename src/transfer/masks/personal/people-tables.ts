import { groupByTable, TableSet } from '../../../core/table-map.ts'
import type { TableName } from '../../../core/table-name.ts'
import type { JudgedCatalog } from './judged-catalog.ts'
import type { PersonalKind } from './kind.ts'
import { splitWordsOf, wordsOf } from './name-words.ts'

/** A table, and what the names and the values of its columns say. */
export interface JudgedTable {
  readonly table: JudgedCatalog['tables'][number]
  readonly kinds: ReadonlyMap<string, PersonalKind>
  readonly isOfThings: boolean
  readonly isOfPlaces: boolean
  readonly isAboutAnimals: boolean
  readonly namesPeople: boolean
}

/**
 * The tables that refer to a table of people: by a foreign key, by the name of that table (`habitante_id`), or by the name of its key
 * (`kd_nr`). What is written in them is about these people, whatever word their name has for it.
 */
export function tablesAboutPeople(
  judged: readonly JudgedTable[],
  foreignKeys: JudgedCatalog['foreignKeys'],
): TableSet {
  const referring = (to: readonly JudgedTable[]) => {
    const names = new TableSet(to.map(({ table }) => table.name))
    const references = new Set(to.flatMap(({ table }) => referencesTo(table)))
    const byKey = foreignKeys.flatMap(({ childTable, parentTable, childColumns }) =>
      names.has(parentTable) && !childColumns.some(isOfRecord) ? [childTable] : [],
    )
    const byName = judged.flatMap(({ table }): TableName[] =>
      table.columns.some(({ name }) => references.has(splitWordsOf(name))) ? [table.name] : [],
    )
    return new TableSet([...byKey, ...byName])
  }
  const near = referring(judged.filter(isOfPeople))
  // The diagnoses of a visit are about its patient, too, and so are the doses of their prescriptions. What refers to goods or
  // to places is about these, and not about those in charge of them.
  let about = near
  for (;;) {
    const leading = judged.filter(
      ({ table, isOfThings, isOfPlaces }) =>
        !isOfPlaces && (near.has(table.name) || (about.has(table.name) && !isOfThings)),
    )
    const further = new TableSet([...about, ...referring(leading)])
    if (further.size === about.size) return about
    about = further
  }
}

/** The tables that refer to animals, also over others: the doses of a prescription after the visit of a dog are not those of a person. */
export function tablesAboutAnimals(
  judged: readonly JudgedTable[],
  foreignKeys: JudgedCatalog['foreignKeys'],
): TableSet {
  const others = new TableSet(judged.filter((each) => !each.namesPeople).map(({ table }) => table.name))
  let about = new TableSet(judged.filter((each) => each.isAboutAnimals).map(({ table }) => table.name))
  for (;;) {
    const below = foreignKeys.flatMap(({ childTable, parentTable }) =>
      about.has(parentTable) && others.has(childTable) ? [childTable] : [],
    )
    const further = new TableSet([...about, ...below])
    if (further.size === about.size) return about
    about = further
  }
}

/** The tables that say more about the people of another one, of each one row: their key refers to it. */
export function extensionsOfPeople(
  judged: readonly JudgedTable[],
  foreignKeys: JudgedCatalog['foreignKeys'],
): TableSet {
  const people = new TableSet(judged.filter(isOfPeople).map(({ table }) => table.name))
  const keys = groupByTable(judged, ({ table }) => table.name)
  return new TableSet(
    foreignKeys
      .filter(({ childTable, parentTable, childColumns }) => {
        const key = keys.get(childTable)?.[0]?.table.keyColumns ?? []
        return people.has(parentTable) && key.length > 0 && key.join('\0') === childColumns.join('\0')
      })
      .map(({ childTable }) => childTable),
  )
}

/** Kinds of what only people have. */
export const OF_PEOPLE_ALONE = new Set(['first name', 'last name', 'date of birth'])

/** Whether the rows of a table are people: by a name, a birthday or two traits, and something else about them. */
function isOfPeople({ kinds, isOfThings, isOfPlaces }: JudgedTable): boolean {
  const names = [...kinds.values()].map(({ name }) => name)
  return (
    !isOfPlaces &&
    names.length >= 3 &&
    (names.some((name) => OF_PEOPLE_ALONE.has(name) || name === 'name of a person') ||
      (!isOfThings && names.filter((name) => name === 'health, origin or belief').length >= 2))
  )
}

/** Who has made or changed a row, of whatever it is. */
function isOfRecord(column: string): boolean {
  return /(^| )(created|updated|modified|changed|deleted|archived|entered|owner|by)( |$)/.test(
    wordsOf(column),
  )
}

/** How columns of other tables are called that refer to a table. */
export function referencesTo({ name, keyColumns = [] }: JudgedTable['table']): string[] {
  const [key = '', ...others] = keyColumns
  const ofKey = others.length === 0 && !isPlain(key) ? [splitWordsOf(key)] : []
  const words = splitWordsOf(name.name)
  const singular = [words, words.replace(/s$/, ''), words.replace(/es$/, '')]
  const inGerman = singularsInGerman(words).flatMap((each) => [`${each}id`, `${each} id`])
  return [...ofKey, ...inGerman, ...singular.flatMap((each) => [`${each} id`, `id ${each}`])]
}

/** `fallid` refers to `faelle`. */
function singularsInGerman(table: string): string[] {
  const word = table.replaceAll(/([aou])e(?=[a-z])/g, '$1')
  const all = [table, word].flatMap((each) => [
    each,
    ...['n', 'en', 'e', 'er'].map((end) => without(each, end)),
  ])
  return [...new Set(all.filter((each) => /^[a-z]{4,}$/.test(each)))]
}

function without(word: string, end: string): string {
  return word.endsWith(end) ? word.slice(0, -end.length) : word
}

/** Whether a key has a name that any table's could have. */
function isPlain(key: string): boolean {
  return (
    key === '' || /^(id|uuid|guid|uid|key|code|no|nr|number|name|seq|pk|email|type|date)$/.test(wordsOf(key))
  )
}
