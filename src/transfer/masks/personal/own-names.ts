import { nameKey } from '../../../core/table-name.ts'
import type { JudgedCatalog } from './judged-catalog.ts'
import { affixesOf, formsOf, splitWordsOf, wordsOf } from './name-words.ts'
import { kindsNamed } from './phrase-index.ts'
import type { Sample } from './sample.ts'
import { spellOut } from './short-words.ts'

type Table = JudgedCatalog['tables'][number]

interface NamedTable {
  readonly name: { readonly name: string }
  readonly columns: readonly { readonly name: string }[]
}

/** What the names of the rows of a table look like: those of people, of companies, or of anything else. */
export type OwnNames = 'of people' | 'of companies' | 'of things' | undefined

/** Looks at the values of the columns with the names of the rows. */
export function ownNames(table: Table, samples: ReadonlyMap<string, Sample>): OwnNames {
  const own = nameColumns(table)
  const sampled = (columns: readonly string[]) =>
    columns.flatMap((column) => {
      const sample = samples.get(`${nameKey(table.name)}\0${column}`)
      return sample === undefined || sample.values < FEWEST ? [] : [sample]
    })
  const names = sampled(own)
  if (names.some(({ companies, values }) => companies * 3 >= values)) return 'of companies'
  if (sampled(own).some(({ names, nameLike, values }) => names * 2 >= values && nameLike * 2 >= values))
    return 'of people'
  const others = table.columns.map(({ name }) => name).filter((name) => !own.includes(name))
  const affixes = affixesOfTable(table)
  const isInParts = others.some((name) => isPart(formsOf(name, affixes))) || sampled(others).some(isFirstName)
  return !isInParts && names.length > 0 && names.every(isUnlikePeople) ? 'of things' : undefined
}

function isPart(forms: readonly string[]): boolean {
  return forms.some((form) =>
    [...kindsNamed(form)].some(({ mask }) => mask === 'first-name' || mask === 'last-name'),
  )
}

function isFirstName({ values, names, nameLike }: Sample): boolean {
  return names * 2 >= values && nameLike * 4 < values
}

const FEWEST = 10

/** The columns with the names of the rows of a table: `name`, `firma`, `agency_name` of `travel_agents`. */
export function nameColumns(table: NamedTable): string[] {
  const affixes = affixesOfTable(table)
  return table.columns.flatMap(({ name }) =>
    formsOf(name, affixes).some((form) => namesItsRow(table.name.name, form)) ? [name] : [],
  )
}

function affixesOfTable({ name, columns }: NamedTable): ReturnType<typeof affixesOf> {
  return affixesOf(
    columns.map((column) => column.name),
    name.name,
  )
}

/** Names that are not written as those of people are, or that many rows share. */
function isUnlikePeople({ values, names, nameLike, distinct }: Sample): boolean {
  return (
    (names * 4 < values && nameLike * 2 < values) ||
    (distinct !== undefined && distinct * MOST_ROWS_OF_A_NAME <= values)
  )
}

/** More people do not share a full name. */
const MOST_ROWS_OF_A_NAME = 10

/** Whether the words of a column say that it has the names of the rows of its table. */
export function namesItsRow(table: string, column: string): boolean {
  const name = spellOut(splitWordsOf(column))
  const words = splitWordsOf(table).replace(/(e?s)$/, '')
  return (
    OWN_NAME.test(name) ||
    isBeginning(/^(?:name|nm|nom|nombre|nome|naam) ([a-z]{3,})$/.exec(wordsOf(column))?.[1], table) ||
    (/ (name|nm|nom|nombre|nome|naam)$/.test(name) && words.includes(name.replace(/ \w+$/, '')))
  )
}

/** `nm_emp` of `empresa_cli`. */
function isBeginning(word: string | undefined, table: string): boolean {
  return word !== undefined && wordsOf(table).startsWith(word)
}

export const OWN_NAME =
  /^((full )?name|(nom|nombre|nome)( complet[oa]?)?|naam|firma|firm|denominat?ion|denominacion|denominazione|designacao|bezeichnung|(raison|ragione|razon|razao) (soc|sociale?|social)|bedrijfs ?naam|firmen ?name|(legal|company|firm|business|agency|organi[sz]ation|supplier|vendor|payer|insurer|carrier|partner|trade|trading) name)$/
