import { isSameTable, type TableName } from '../../core/table-name.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import { constraintName } from './drop-statement.ts'
import { nameOfIndex, relationNames } from './index-names.ts'
import type { Side, Sides } from './sides.ts'

/**
 * If an index is created for a partitioned table, partitions that only the target has need one as well, because the index is not valid
 * until all partitions have one. These are the statements for them.
 */
export function indexOwnPartitions(index: SchemaObject, sides: Sides): string[] {
  const { of } = index
  const make = of === undefined ? undefined : makerOf(index, of)
  if (of === undefined || make === undefined) return []
  const partitions = ownPartitions(of, sides)
  if (partitions.length === 0) return []
  const taken = new Set([...relationNames(sides.source), ...relationNames(sides.target)])
  const suffix = nameOfIndex(index).replaceAll('"', '')
  const indexFor = (partition: TableName, parent: string): string[] => {
    const name = freeName({ schema: partition.schema, name: `${partition.name}_${suffix}` }, taken)
    // The server would choose names for the indexes of its own partitions, which others may be about to get.
    const isPartitioned = sides.target.relations.get(partition)?.table?.partitionKey !== undefined
    const own = isPartitioned ? partitionsOf(partition, sides.target) : []
    return [
      make(`${isPartitioned ? 'ONLY ' : ''}${quoteQualified(partition)}`, quoteName(name.name)),
      ...own.flatMap((each) => indexFor(each, quoteQualified(name))),
      `ALTER INDEX ${parent} ATTACH PARTITION ${quoteQualified(name)}`,
    ]
  }
  const parent = `${quoteName(of.schema)}.${nameOfIndex(index)}`
  return partitions.flatMap((partition) => indexFor(partition, parent))
}

/** Rewrites the statement for the partitioned table as one for a partition. */
function makerOf(
  index: SchemaObject,
  of: TableName,
): ((partition: string, name: string) => string) | undefined {
  const [statement = ''] = index.create
  const only = `ONLY ${quoteQualified(of)}`
  if (index.kind === 'constraint') {
    const start = `ALTER TABLE ${only}\n    ADD CONSTRAINT ${constraintName(index)} `
    const rest = statement.slice(start.length)
    return statement.startsWith(start)
      ? (table, name) => `ALTER TABLE ${table}\n    ADD CONSTRAINT ${name} ${rest}`
      : undefined
  }
  const words = ['CREATE INDEX', 'CREATE UNIQUE INDEX']
  const word = words.find((each) => statement.startsWith(`${each} ${nameOfIndex(index)} ON ${only} `))
  if (word === undefined) return undefined
  const rest = statement.slice(`${word} ${nameOfIndex(index)} ON ${only} `.length)
  return (table, name) => `${word} ${name} ON ${table} ${rest}`
}

/** The partitions of a target's table that are not its partitions in the source. */
function ownPartitions(of: TableName, { source, target }: Sides): TableName[] {
  if (target.relations.get(of)?.table?.partitionKey === undefined) return []
  return partitionsOf(of, target).filter((name) => !isPartition(name, of, source))
}

function partitionsOf(of: TableName, side: Side): TableName[] {
  return side.objects.flatMap(({ table }) =>
    table === undefined || !isPartition(table.name, of, side) ? [] : [table.name],
  )
}

function isPartition(name: TableName, of: TableName, { relations }: Side): boolean {
  const { partitionOf } = relations.get(name)?.table ?? {}
  return partitionOf !== undefined && isSameTable(partitionOf.parent, of)
}

const LONGEST_NAME = 63

function freeName({ schema, name }: TableName, taken: Set<string>): TableName {
  for (let number = 0; ; number++) {
    const suffix = number === 0 ? '' : String(number)
    const found = { schema, name: `${shorten(name, LONGEST_NAME - suffix.length)}${suffix}` }
    if (taken.has(quoteQualified(found))) continue
    taken.add(quoteQualified(found))
    return found
  }
}

/** The length of names is limited in bytes. */
function shorten(name: string, bytes: number): string {
  let short = name
  while (Buffer.byteLength(short) > bytes) short = [...short].slice(0, -1).join('')
  return short
}
