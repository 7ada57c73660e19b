import { recogniseHistory } from '../postgres/catalog/migration-histories.ts'
import type {
  SourceCatalog,
  SourceForeignKey,
  SourceSequence,
  SourceTable,
} from '../transfer/inspect/inspection.ts'
import type { Manifest, ManifestTable } from './manifest.ts'

/** The part of a manifest that describes what was dumped. */
export type ManifestCatalog = Pick<
  Manifest,
  'types' | 'extensionNames' | 'foreignKeys' | 'violated' | 'restrictions' | 'leftOut' | 'sequences'
>

/** A source's catalog as a manifest keeps it; its tables are described one by one, with what was written of them. */
export function describeCatalog(catalog: SourceCatalog): ManifestCatalog {
  return {
    types: [...catalog.types.values()].map(({ name, kind, parts }) => ({ name, kind, parts: [...parts] })),
    extensionNames: [...catalog.extensionNames].map(([name, extension]) => ({ name, extension })),
    foreignKeys: catalog.foreignKeys.map(describeForeignKey),
    // Older versions ask for it. Whether rows violate a constraint is found out in the target.
    violated: [],
    restrictions: describeRestrictions(catalog),
    leftOut: describeLeftOut(catalog),
    sequences: catalog.sequences.flatMap(describeSequence),
  }
}

function describeForeignKey(key: SourceForeignKey): Manifest['foreignKeys'][number] {
  return {
    child: key.child,
    parent: key.parent,
    childColumns: [...key.childColumns],
    parentColumns: [...key.parentColumns],
    isValid: key.isValid,
    isEnforced: key.isEnforced,
    isMatchFull: key.isMatchFull,
    hasPeriod: key.hasPeriod,
    ...(key.firing === undefined || key.firing === 'usual' ? {} : { firing: key.firing }),
    comparisons: key.comparisons?.map(({ collation, isLoose, looseRules }) => {
      return { collation: collation ?? null, isLoose, looseRules: looseRules ?? null }
    }),
  }
}

function readForeignKey({
  comparisons,
  isMatchFull,
  hasPeriod,
  firing,
  ...key
}: Manifest['foreignKeys'][number]): SourceForeignKey {
  return {
    ...key,
    ...(isMatchFull === undefined ? {} : { isMatchFull }),
    ...(hasPeriod === undefined ? {} : { hasPeriod }),
    ...(firing === undefined ? {} : { firing }),
    comparisons: comparisons?.map(({ collation, isLoose, looseRules }) => {
      return { collation: collation ?? undefined, isLoose, looseRules: looseRules ?? undefined }
    }),
  }
}

/** Those of domains that no table uses are left out. */
function describeRestrictions({ restrictions, types }: SourceCatalog): Manifest['restrictions'] {
  return (
    restrictions && {
      ofTables: restrictions.ofTables.map((restriction) => {
        return { ...restriction, elements: [...restriction.elements] }
      }),
      ofDomains: restrictions.ofDomains.filter(({ type }) => types.has(type)),
    }
  )
}

function describeLeftOut({ leftOut }: SourceCatalog): Manifest['leftOut'] {
  return (
    leftOut && {
      parents: [...leftOut.parents],
      largeObjects: leftOut.largeObjects,
      extensionTables: [...leftOut.extensionTables],
    }
  )
}

function describeSequence({ name, table, columns, value, ...sequence }: SourceSequence) {
  const { type, minimum, maximum, increment } = sequence
  const described = {
    ...name,
    table: table ?? null,
    columns: [...columns],
    type,
    minimum,
    maximum,
    increment,
  }
  return value === undefined ? [] : [{ ...described, ...value }]
}

/** A table as a manifest keeps it. */
export function describeTable(
  table: SourceTable,
  written: { readonly rows: number; readonly bytes: number },
): ManifestTable {
  return {
    ...table.name,
    isPartitioned: table.isPartitioned,
    columns: table.columns.map(describeColumn),
    keyColumns: table.keyColumns === undefined ? null : [...table.keyColumns],
    partitioning:
      table.partitioning === undefined
        ? null
        : { key: table.partitioning.key, bounds: [...table.partitioning.bounds] },
    where: table.where ?? null,
    ...(table.masked === undefined ? {} : { masked: [...table.masked] }),
    ...(table.maskDigests === undefined ? {} : { maskDigests: Object.fromEntries(table.maskDigests) }),
    ...(table.leftOut.length === 0 ? {} : { leftOut: [...table.leftOut] }),
    ...written,
  }
}

function describeColumn(column: SourceTable['columns'][number]): ManifestTable['columns'][number] {
  const { name, type, baseType, isNotNull, hasDefault, generated, expression, identity } = column
  return { name, type, baseType, isNotNull, hasDefault, generated, expression: expression ?? null, identity }
}

/** The catalog of the source as the manifest remembers it. */
export function catalogOf(manifest: Manifest): SourceCatalog {
  const tables = manifest.tables.map(readTable)
  const sequences = manifest.sequences.map(readSequence)
  return {
    server: { ...manifest.source, name: manifest.source.database },
    relations: [
      ...tables.map(({ name, isPartitioned, columns }) => ({
        name,
        kind: isPartitioned ? ('partitioned' as const) : ('table' as const),
        history: recogniseHistory(
          name,
          columns.map((column) => column.name),
        ),
      })),
      ...sequences.map(({ name }) => ({ name, kind: 'sequence' as const })),
    ],
    tables,
    types: new Map(manifest.types.map((type) => [type.name, type])),
    extensionNames: new Map(manifest.extensionNames?.map(({ name, extension }) => [name, extension])),
    foreignKeys: manifest.foreignKeys.map(readForeignKey),
    sequences,
    restrictions: manifest.restrictions,
    leftOut: manifest.leftOut,
  }
}

function readTable(table: ManifestTable): SourceTable {
  return {
    name: { schema: table.schema, name: table.name },
    isPartitioned: table.isPartitioned,
    columns: table.columns.map(({ expression, ...column }) => ({
      ...column,
      expression: expression ?? undefined,
    })),
    leftOut: [],
    keyColumns: table.keyColumns ?? undefined,
    partitioning: table.partitioning ?? undefined,
    where: table.where ?? undefined,
    ...(table.masked === undefined ? {} : { masked: new Set(table.masked) }),
    ...(table.maskDigests === undefined ? {} : { maskDigests: new Map(Object.entries(table.maskDigests)) }),
  }
}

function readSequence(sequence: Manifest['sequences'][number]): SourceSequence {
  const { schema, name, table, columns = [], increment, lastValue, isCalled, ...rest } = sequence
  return {
    ...rest,
    name: { schema, name },
    table: table ?? undefined,
    columns,
    increment,
    value: { lastValue, isCalled },
  }
}
