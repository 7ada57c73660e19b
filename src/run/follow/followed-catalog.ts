import { type ReadonlyTableSet, TableMap } from '../../core/table-map.ts'
import { isSameTable } from '../../core/table-name.ts'
import type { DomainCheck, Restriction } from '../../postgres/catalog/read-restrictions.ts'
import type { TypeDefinition } from '../../postgres/catalog/read-types.ts'
import type { Column, Table } from '../../postgres/catalog/table.ts'
import type { Change } from '../../schema/diff/difference.ts'
import { quoteName, quoteQualified } from '../../schema/quote-name.ts'
import type {
  SourceCatalog,
  SourceColumn,
  SourceTable,
  TargetCatalog,
} from '../../transfer/inspect/inspection.ts'
import type { PlannedFollow } from './plan-follow.ts'

/**
 * The catalog of the target as it will be after the run has followed the schema of its source. Rows land for these tables, and the merge
 * changes them. Pure.
 */
export function followedCatalog(
  catalog: TargetCatalog,
  source: SourceCatalog,
  follow: PlannedFollow,
): TargetCatalog {
  const others = new TableMap(source.tables.map((table) => [table.name, table]))
  return {
    ...catalog,
    tables: catalog.tables.map((table) => {
      const other = others.get(table.name)
      return other === undefined ? table : followedTable(table, other, follow)
    }),
    types: followedTypes(catalog.types, source.types, follow),
    restrictions: {
      ofTables: catalog.restrictions.ofTables.filter((restriction) => !isReplaced(restriction, follow)),
      ofDomains: catalog.restrictions.ofDomains.filter((check) => !isRedefined(check, follow)),
    },
  }
}

/** A key or check that is created again as it is in the source asks for nothing that only the target asks for. */
function isReplaced({ relation, name }: Restriction, { recreations }: PlannedFollow): boolean {
  const identities = [
    `CONSTRAINT ${quoteName(name)} ON ${quoteQualified(relation)}`,
    `INDEX ${quoteQualified({ schema: relation.schema, name })}`,
  ]
  return recreations.some(({ identity, statements: { within = [], after = [] }, back }) => {
    const isAsBefore = [...within, ...after][0] === back[0]
    return identities.includes(identity) && !isAsBefore
  })
}

function isRedefined({ type, name }: DomainCheck, { differences }: PlannedFollow): boolean {
  const what = `check ${quoteName(name)} is defined differently`
  return differences.some(
    ({ identity, changes }) =>
      identity === `DOMAIN ${type}` && changes.some((change) => change.what === what),
  )
}

/** The catalog of the target with the new partitions that its tables get before rows land. Pure. */
export function withPartitions(
  catalog: TargetCatalog,
  source: SourceCatalog,
  partitioned: ReadonlyTableSet,
): TargetCatalog {
  // If the catalog does not change, nothing is followed.
  if (!catalog.tables.some(({ name }) => partitioned.has(name))) return catalog
  const others = new TableMap(source.tables.map((table) => [table.name, table.partitioning]))
  return {
    ...catalog,
    tables: catalog.tables.map((table) => {
      if (!partitioned.has(table.name)) return table
      return { ...table, partitioning: others.get(table.name) ?? table.partitioning }
    }),
  }
}

function followedTable(table: Table, source: SourceTable, follow: PlannedFollow): Table {
  const changes = follow.differences
    .filter(({ kind, of }) => kind === 'table' && of !== undefined && isSameTable(of, table.name))
    .flatMap((difference) => difference.changes)
  const columns = table.columns.map((column) =>
    changes
      .filter((change) => change.column === column.name)
      .reduce((now, change) => changed(now, change, columnOf(source, column.name)), column),
  )
  const added = changes.flatMap((change) => addedColumn(change, source))
  const last = Math.max(0, ...table.columns.map(({ number }) => number))
  const all = [...columns, ...added.map((column, index) => ({ ...column, number: last + 1 + index }))]
  return {
    ...table,
    columns: all,
    key: losesKey(table, follow) ? undefined : table.key,
    partitioning: follow.partitioned.has(table.name) ? source.partitioning : table.partitioning,
  }
}

function columnOf({ columns }: SourceTable, name: string | undefined): SourceColumn | undefined {
  return columns.find((column) => column.name === name)
}

/** A column that is NOT NULL in the source may become NOT NULL here once its rows have arrived. */
function addedColumn({ topic, column, statements }: Change, source: SourceTable): SourceColumn[] {
  const other = topic === 'column' ? columnOf(source, column) : undefined
  if (other === undefined) return []
  const { after = [] } = statements
  return [{ ...other, isNotNull: other.isNotNull && after.length === 0 }]
}

function changed(column: Column, { topic, statements }: Change, source: SourceColumn | undefined): Column {
  const { within = [] } = statements
  if (source === undefined || within.length === 0) return column
  switch (topic) {
    case 'column type':
      return { ...column, type: source.type, baseType: source.baseType }
    case 'NOT NULL':
      return { ...column, isNotNull: source.isNotNull }
    case 'default':
      return { ...column, hasDefault: source.hasDefault }
    case 'generated column':
      return {
        ...column,
        generated: source.generated,
        expression: source.expression,
        hasDefault: source.hasDefault,
      }
    case 'identity':
      return { ...column, identity: source.identity }
    default:
      return column
  }
}

/** A key that is created again may come after the rows. Until then, all columns together identify a row. */
function losesKey({ name }: Table, { recreations }: PlannedFollow): boolean {
  return recreations.some(
    ({ kind, of }) =>
      (kind === 'constraint' || kind === 'index') && of !== undefined && isSameTable(of, name),
  )
}

/** New labels of an enum are added before rows land. */
function followedTypes(
  target: ReadonlyMap<string, TypeDefinition>,
  source: ReadonlyMap<string, TypeDefinition>,
  { differences, reviewed }: PlannedFollow,
): ReadonlyMap<string, TypeDefinition> {
  const settled = new Set(differences.map(({ identity }) => identity).filter((each) => !reviewed.has(each)))
  const followed = [...source].filter(
    ([name]) => !target.has(name) || settled.has(`TYPE ${name}`) || settled.has(`DOMAIN ${name}`),
  )
  return new Map([...target, ...followed])
}
