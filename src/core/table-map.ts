import { nameKey, type TableName } from './table-name.ts'

/** A {@link TableMap} that is only read. */
export interface ReadonlyTableMap<T> extends Iterable<[TableName, T]> {
  readonly size: number
  get(table: TableName): T | undefined
  has(table: TableName): boolean
  keys(): TableName[]
  values(): T[]
}

/** A map by the names of tables and other relations, in the order in which they came. */
export class TableMap<T> implements ReadonlyTableMap<T> {
  readonly #entries = new Map<string, [TableName, T]>()

  constructor(entries: Iterable<readonly [TableName, T]> = []) {
    for (const [table, value] of entries) this.set(table, value)
  }

  get size(): number {
    return this.#entries.size
  }

  get(table: TableName): T | undefined {
    return this.#entries.get(nameKey(table))?.[1]
  }

  has(table: TableName): boolean {
    return this.#entries.has(nameKey(table))
  }

  set(table: TableName, value: T): this {
    this.#entries.set(nameKey(table), [table, value])
    return this
  }

  delete(table: TableName): boolean {
    return this.#entries.delete(nameKey(table))
  }

  keys(): TableName[] {
    return [...this.#entries.values()].map(([table]) => table)
  }

  values(): T[] {
    return [...this.#entries.values()].map(([, value]) => value)
  }

  [Symbol.iterator](): Iterator<[TableName, T]> {
    return this.#entries.values()
  }
}

/** A {@link TableSet} that is only read. */
export interface ReadonlyTableSet extends Iterable<TableName> {
  readonly size: number
  has(table: TableName): boolean
}

/** A set of names of tables and other relations, in the order in which they came. */
export class TableSet implements ReadonlyTableSet {
  readonly #names: TableMap<undefined>

  constructor(tables: Iterable<TableName> = []) {
    this.#names = new TableMap(Array.from(tables, (table) => [table, undefined] as const))
  }

  get size(): number {
    return this.#names.size
  }

  has(table: TableName): boolean {
    return this.#names.has(table)
  }

  add(table: TableName): this {
    this.#names.set(table, undefined)
    return this
  }

  [Symbol.iterator](): Iterator<TableName> {
    return this.#names.keys()[Symbol.iterator]()
  }
}

/** Groups items by the table that `tableOf` names for each, keeping their order. */
export function groupByTable<T>(items: Iterable<T>, tableOf: (item: T) => TableName): TableMap<T[]> {
  const groups = new TableMap<T[]>()
  for (const item of items) {
    const table = tableOf(item)
    const group = groups.get(table)
    if (group === undefined) groups.set(table, [item])
    else group.push(item)
  }
  return groups
}
