import { expect } from 'vitest'
import { nameKey } from '../../src/core/table-name.ts'
import { findPersonal } from '../../src/transfer/masks/personal/find-personal.ts'
import type { JudgedCatalog } from '../../src/transfer/masks/personal/judged-catalog.ts'
import type { Sample } from '../../src/transfer/masks/personal/sample.ts'

/** A table as a test writes it down. */
export interface WrittenTable {
  readonly name: string
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    /** The table that a foreign key refers to. */
    readonly parent: string | undefined
    readonly isPersonal: boolean
  }[]
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  timestamptz: 'timestamp with time zone',
  bool: 'boolean',
  varchar: 'character varying',
  'varchar(20)': 'character varying(20)',
  'varchar(3)': 'character varying(3)',
  float8: 'double precision',
}

/** Reads lines such as `orders: id int, customer_id int>customers, note*`: a star marks a personal column, and types are text unless given. */
export function tablesOf(lines: string): WrittenTable[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', columns = ''] = line.split(': ')
      return { name: name.replaceAll('"', ''), columns: columns.split(', ').map(columnOf) }
    })
}

function columnOf(text: string): WrittenTable['columns'][number] {
  const [described = '', parent] = text.replace('*', '').split('>')
  const [name = '', ...type] = described.split(' ')
  const written = type.join(' ') || 'text'
  return { name, type: TYPES[written] ?? written, parent, isPersonal: text.endsWith('*') }
}

/** Their catalog, in which the first column of each is its key. */
export function catalogOf(tables: readonly WrittenTable[]): JudgedCatalog {
  const nameOf = (name: string) => ({ schema: 'public', name })
  return {
    tables: tables.map(({ name, columns }) => ({
      name: nameOf(name),
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        baseType: column.type,
        generated: 'no',
        isNotNull: false,
      })),
      keyColumns: [columns[0]?.name ?? 'id'],
    })),
    foreignKeys: tables.flatMap(({ name, columns }) =>
      columns.flatMap((column) =>
        column.parent === undefined
          ? []
          : [{ childTable: nameOf(name), parentTable: nameOf(column.parent), childColumns: [column.name] }],
      ),
    ),
    restrictions: undefined,
  } as unknown as JudgedCatalog
}

/** A sample in which nothing looks like anything. */
const NOTHING_FOUND: Sample = {
  values: 100,
  matches: new Map(),
  names: 0,
  nameLike: 0,
  companies: 0,
  traits: 0,
  prose: 0,
  proseOfPeople: 0,
}

/** Samples by `table.column`, of which only what differs from {@link NOTHING_FOUND} and from `all` is given. */
export type WrittenSamples = Readonly<Record<string, Partial<Sample>>>

/** Reads them. */
export function samplesOf(samples: WrittenSamples, all: Partial<Sample> = {}): Map<string, Sample> {
  return new Map(
    Object.entries(samples).map(([id, sample]) => {
      const [name = '', column = ''] = id.split('.')
      return [`${nameKey({ schema: 'public', name })}\0${column}`, { ...NOTHING_FOUND, ...all, ...sample }]
    }),
  )
}

/** The columns that are found, as `table.column`. */
export function foundIn(
  catalog: JudgedCatalog,
  samples: ReadonlyMap<string, Sample> = new Map(),
  isStrict = false,
): string[] {
  return findPersonal(catalog, samples, isStrict).map(({ table, column }) => `${table.name}.${column}`)
}

/** Compares what is found with the columns that have a star. */
export function expectFound(lines: string, samples?: ReadonlyMap<string, Sample>): void {
  const tables = tablesOf(lines)
  const personal = tables.flatMap(({ name, columns }) =>
    columns.flatMap((column) => (column.isPersonal ? [`${name}.${column.name}`] : [])),
  )
  expect(foundIn(catalogOf(tables), samples)).toEqual(personal)
}
