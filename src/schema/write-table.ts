import { joined } from '../core/joined.ts'
import { quoteName, quoteQualified } from './quote-name.ts'
import type { ColumnDetails, SequenceDetails, TableDetails } from './table-details.ts'
import { columnSettings } from './write-column.ts'
import { isNewerOption, writeOptions } from './write-options.ts'
import { writeSequenceOptions } from './write-sequence.ts'

/** What the statements of a table depend on, in addition to the table itself. */
export interface TableSurroundings {
  /** The tables that it inherits from or is a partition of, in order. */
  readonly parents: readonly TableDetails[]
  /** The columns whose defaults are separate objects. */
  readonly separate: ReadonlySet<string>
  /** The sequences of its columns, except those of identity columns. */
  readonly sequences: readonly SequenceDetails[]
}

/** The statements that create a table, and then set what CREATE TABLE cannot express. A partition is not attached yet. */
export function writeTable(table: TableDetails, surroundings: TableSurroundings): string[] {
  const inherits = table.partitionOf === undefined ? surroundings.parents : []
  const isInOrder = keepsOrder(table, inherits)
  const parents = isInOrder ? inherits : []
  const { before, after } = storeAlike(parents)
  return [
    ...before,
    createTable(table, { ...surroundings, parents }, isInOrder),
    ...after,
    ...(isInOrder ? [] : table.inherits.map((parent) => `${alter(table)} INHERIT ${quoteQualified(parent)}`)),
    ...table.columns.flatMap((column) => alterColumn(table, column, inherits)),
    ...table.columns.flatMap(({ identity }) => persistenceOf(table, identity?.sequence)),
    ...replicaIdentity(table),
    ...table.options.filter(isNewerOption).map((option) => `${alter(table)} SET (${writeOptions([option])})`),
    ...surroundings.sequences.flatMap((sequence) => ownedBy(sequence)),
  ]
}

function createTable(
  table: TableDetails,
  { separate, parents }: TableSurroundings,
  isInOrder: boolean,
): string {
  const isTyped = table.ofType !== undefined
  const columns = table.columns
    .filter((column) => isWritten(table, column))
    .flatMap((column) => {
      const isSeparate = separate.has(column.name)
      if (!isTyped) return [writeColumn(table, withoutInherited(column, parents), isSeparate)]
      const rest = constraintsOf(table, column, isSeparate)
      return rest.length === 0 ? [] : [[quoteName(column.name), 'WITH OPTIONS', ...rest].join(' ')]
    })
  const checks = table.checks.map(({ name, definition }) => `CONSTRAINT ${quoteName(name)} ${definition}`)
  const lines = [...columns, ...checks]
  const body = lines.length === 0 ? (isTyped ? '' : ' (\n)') : ` (\n    ${lines.join(',\n    ')}\n)`
  const unlogged = table.isUnlogged && table.partitionKey === undefined ? 'UNLOGGED ' : ''
  const ofType = isTyped ? ` OF ${table.ofType}` : ''
  const options = table.options.filter((option) => !isNewerOption(option))
  return [
    joined(`CREATE ${unlogged}TABLE `, quoteQualified(table.name), ofType, body),
    ...(isInOrder && table.inherits.length > 0
      ? [`INHERITS (${table.inherits.map(quoteQualified).join(', ')})`]
      : []),
    ...(table.partitionKey === undefined ? [] : [`PARTITION BY ${table.partitionKey}`]),
    ...(table.accessMethod === undefined ? [] : [`USING ${quoteName(table.accessMethod)}`]),
    ...(options.length === 0 ? [] : [`WITH (${writeOptions(options)})`]),
  ].join('\n')
}

/** If a parent has a default, and a child has none for the same column, the child must say so. */
function withoutInherited(column: ColumnDetails, parents: readonly TableDetails[]): ColumnDetails {
  const isInherited = parents.some(({ columns }) =>
    columns.some(
      (other) => other.name === column.name && other.default !== undefined && other.generated === undefined,
    ),
  )
  return isInherited && column.default === undefined ? { ...column, default: 'NULL' } : column
}

/** A column in the form of CREATE TABLE and ADD COLUMN, without its default if that is a separate object. */
export function writeColumn(table: TableDetails, column: ColumnDetails, isDefaultSeparate: boolean): string {
  const rest = constraintsOf(table, column, isDefaultSeparate)
  return [quoteName(column.name), column.type, ...collate(column), ...rest].join(' ')
}

/** A partition is created as a table of its own, so all its columns are written. */
function isWritten(table: TableDetails, { isLocal }: ColumnDetails): boolean {
  return isLocal || table.partitionOf !== undefined
}

function constraintsOf(table: TableDetails, column: ColumnDetails, isSeparate: boolean): string[] {
  const { default: expression, generated, identity } = column
  return [
    ...(generated === undefined ? [] : [`GENERATED ALWAYS AS (${expression}) ${generated.toUpperCase()}`]),
    ...(identity?.sequence === undefined ? [] : [generatedAsIdentity(identity.kind, identity.sequence)]),
    ...(generated === undefined && expression !== undefined && !isSeparate ? [`DEFAULT ${expression}`] : []),
    ...(isNotNullWritten(table, column) ? [notNull(column)] : []),
  ]
}

function collate({ collation }: ColumnDetails): string[] {
  return collation === undefined ? [] : [`COLLATE ${collation}`]
}

/** The clause that makes a column an identity column, after `ADD` or its type. */
export function generatedAsIdentity(kind: 'always' | 'by default', sequence: SequenceDetails): string {
  const options = writeSequenceOptions(sequence).filter((option) => !option.startsWith('AS '))
  return `GENERATED ${kind.toUpperCase()} AS IDENTITY (SEQUENCE NAME ${quoteQualified(sequence.name)} ${options.join(' ')})`
}

function isNotNullWritten(table: TableDetails, { isNotNull, notNull }: ColumnDetails): boolean {
  if (!isNotNull) return false
  return notNull === undefined || (notNull.isValid && (notNull.isLocal || table.partitionOf !== undefined))
}

function notNull({ notNull }: ColumnDetails): string {
  const noInherit = notNull?.isNoInherit ? ' NO INHERIT' : ''
  const ownName = notNull?.hasOwnName ? `CONSTRAINT ${quoteName(notNull.name)} ` : ''
  return `${ownName}NOT NULL${noInherit}`
}

function alterColumn(table: TableDetails, column: ColumnDetails, parents: readonly TableDetails[]): string[] {
  const settings = columnSettings(column).map(
    (setting) => `ALTER COLUMN ${quoteName(column.name)} ${setting}`,
  )
  return [
    ...(isWritten(table, column) ? [] : differFromParents(table, column, parents)),
    ...settings.map((action) => `${alter(table)} ${action}`),
  ]
}

/** A column that only parents define has their default and NOT NULL, until it gets its own. */
function differFromParents(
  table: TableDetails,
  column: ColumnDetails,
  parents: readonly TableDetails[],
): string[] {
  const { name, generated, default: expression, notNull } = column
  const inherited = parents.flatMap(({ columns }) => columns.filter((other) => other.name === name))
  const isDefaultInherited = inherited.every((parent) => parent.default === expression)
  const isNotNullInherited = inherited.some((parent) => parent.isNotNull && !parent.notNull?.isNoInherit)
  const isNotNullOwn = notNull?.isLocal ?? !isNotNullInherited
  const setDefault = expression === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${expression}`
  const chosen = `${table.name.name}_${name}_not_null`
  const isRenamed = !isNotNullInherited && notNull !== undefined && notNull.name !== chosen
  const setNotNull = [
    `ALTER COLUMN ${quoteName(name)} SET NOT NULL`,
    // Servers before 18 have no such constraints, and an inherited one keeps its name.
    ...(isRenamed ? [`RENAME CONSTRAINT ${quoteName(chosen)} TO ${quoteName(notNull.name)}`] : []),
  ]
  return [
    ...(generated !== undefined || isDefaultInherited
      ? []
      : [`ALTER COLUMN ${quoteName(name)} ${setDefault}`]),
    ...(isNotNullOwn && isNotNullWritten(table, column) ? setNotNull : []),
  ].map((action) => `${alter(table)} ${action}`)
}

/** The sequence of an identity column is logged or unlogged like its table, until a statement changes that. */
function persistenceOf({ isUnlogged }: TableDetails, sequence: SequenceDetails | undefined): string[] {
  if (sequence === undefined || sequence.isUnlogged === isUnlogged) return []
  return [`ALTER SEQUENCE ${quoteQualified(sequence.name)} SET ${isUnlogged ? 'LOGGED' : 'UNLOGGED'}`]
}

function replicaIdentity(table: TableDetails): string[] {
  const { replicaIdentity: identity } = table
  if (identity === 'default' || identity === 'index') return []
  return [`${alter(table)} REPLICA IDENTITY ${identity.toUpperCase()}`]
}

function ownedBy({ name, ownedBy }: SequenceDetails): string[] {
  if (ownedBy === undefined) return []
  const { table, column } = ownedBy
  return [`ALTER SEQUENCE ${quoteQualified(name)} OWNED BY ${quoteQualified(table)}.${quoteName(column)}`]
}

/**
 * Whether the columns have the order that CREATE TABLE … INHERITS gives them. If a table defines all its columns itself, it can be created
 * in its own order, and inherit afterwards.
 */
function keepsOrder(table: TableDetails, parents: readonly TableDetails[]): boolean {
  if (parents.length === 0 || table.columns.some(({ isLocal }) => !isLocal)) return true
  const names = table.columns.map(({ name }) => name)
  const inherited = parents.flatMap(({ columns }) => columns.map(({ name }) => name))
  const ordered = [...new Set([...inherited, ...names])]
  return ordered.every((name, index) => name === names[index])
}

function alter({ name }: TableDetails): string {
  return `ALTER TABLE ONLY ${quoteQualified(name)}`
}

/**
 * PostgreSQL creates no child of parents that store a column in different ways, which they may have done only since the child exists. So all of them store it
 * like the first one meanwhile, which no row notices.
 */
function storeAlike(parents: readonly TableDetails[]): {
  readonly before: readonly string[]
  readonly after: readonly string[]
} {
  const first = new Map<string, string>()
  const [before, after]: [string[], string[]] = [[], []]
  for (const { name, columns } of parents) {
    for (const column of columns) {
      for (const [setting, own] of settingsOf(column)) {
        const key = JSON.stringify([column.name, setting])
        const other = first.get(key) ?? own
        first.set(key, other)
        if (other === own) continue
        const set = `ALTER TABLE ONLY ${quoteQualified(name)} ALTER COLUMN ${quoteName(column.name)} SET ${setting}`
        before.push(`${set} ${other}`)
        after.push(`${set} ${own}`)
      }
    }
  }
  return { before, after }
}

/** A default compression is not passed on. */
function settingsOf({ storedAs, compression }: ColumnDetails): [string, string][] {
  return [
    ...(storedAs === undefined ? [] : [['STORAGE', storedAs.toUpperCase()] as [string, string]]),
    ...(compression === undefined || compression === 'default'
      ? []
      : [['COMPRESSION', compression] as [string, string]]),
  ]
}
