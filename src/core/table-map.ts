import { isSameTable, type TableName } from './table-name.ts'

/** A {@link TableMap} that is only read. */
export interface ReadonlyTableMap<T> extends Iterable<[TableName, T]> {
  readonly size: number
  get(table: TableName): T | undefined
  has(table: TableName): boolean
  keys(): TableName[]
  values(): T[]
}

/**
 * A map by the names of tables and other relations, in the order in which they came. A run has a dozen of them for thousands of tables: a text for each name, and
 * a pair for each entry, would be a fifth of its memory.
 */
export class TableMap<T> implements ReadonlyTableMap<T> {
  readonly #names: TableName[] = []
  /** By schema, then by name. */
  readonly #values = new Map<string, Map<string, T>>()

  constructor(entries: Iterable<readonly [TableName, T]> = []) {
    for (const [table, value] of entries) this.set(table, value)
  }

  get size(): number {
    return this.#names.length
  }

  get({ schema, name }: TableName): T | undefined {
    return this.#values.get(schema)?.get(name)
  }

  has({ schema, name }: TableName): boolean {
    return this.#values.get(schema)?.has(name) === true
  }

  set(table: TableName, value: T): this {
    const { schema, name } = table
    const ofSchema = this.#values.get(schema) ?? new Map<string, T>()
    if (ofSchema.size === 0) this.#values.set(schema, ofSchema)
    if (!ofSchema.has(name)) this.#names.push(table)
    ofSchema.set(name, value)
    return this
  }

  delete(table: TableName): boolean {
    if (this.#values.get(table.schema)?.delete(table.name) !== true) return false
    const at = this.#names.findIndex((name) => isSameTable(name, table))
    this.#names.splice(at, 1)
    return true
  }

  keys(): TableName[] {
    return [...this.#names]
  }

  values(): T[] {
    return Array.from(this, ([, value]) => value)
  }

  *[Symbol.iterator](): Iterator<[TableName, T]> {
    for (const table of this.#names) yield [table, this.get(table) as T]
  }
}

/** A {@link TableSet} that is only read. */
export interface ReadonlyTableSet extends Iterable<TableName> {
  readonly size: number
  has(table: TableName): boolean
}

/** A set of names of tables and other relations, in the order in which they came. */
export class TableSet implements ReadonlyTableSet {
  readonly #names = new TableMap<undefined>()

  constructor(tables: Iterable<TableName> = []) {
    for (const table of tables) this.#names.set(table, undefined)
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
