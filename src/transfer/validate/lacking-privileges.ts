import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { patternOfSchema } from '../../core/table-pattern.ts'
import type { ServerFacts } from '../../postgres/catalog/read-server.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { errorFinding } from './finding.ts'
import { asGranted, type Hosted } from './owner-advice.ts'

/** A table, or a partition of it, for which the role lacks a privilege. */
export interface Lacking {
  readonly table: TableName
  readonly partition: Partition
}

/** The message about a table that lacks a privilege, and the statement that grants it. */
export interface NeededPrivilege {
  readonly message: string
  readonly hint: (on: string, role: string) => string
  /** How a table of the host could still be copied. */
  readonly toBringItOver?: string | undefined
}

/** A database, as far as advice about its role is concerned. */
export type Granting = Hosted & { readonly server: Pick<ServerFacts, 'role'> }

/** From this number of tables of a schema on, one statement grants a privilege on all of them. */
const MANY_TABLES = 3
const MOST_NAMED = 5

/** Findings about tables that lack a privilege. If many are in one schema, they share one finding with one statement. */
export function lackingOnTables(
  database: Granting,
  lacking: readonly Lacking[],
  { message, hint, toBringItOver }: NeededPrivilege,
): Finding[] {
  const role = identifier(database.server.role)
  return bySchema(lacking).flatMap(([schema, own]) => {
    const each = own.map(({ table, partition }) => {
      const usual = hint(relation(partition.name), role)
      const advice = asGranted(database, partition, usual, toBringItOver)
      return { table, partition, advice, isUsual: advice.startsWith(usual) }
    })
    // Advice for a single table is given only for that table.
    const usual = each.filter(({ isUsual }) => isUsual)
    const isTogether = usual.length >= MANY_TABLES
    const alone = each
      .filter(({ isUsual }) => !(isTogether && isUsual))
      .map(({ partition, advice }) => errorFinding(displayName(partition.name), message, advice))
    const [first] = usual
    if (first === undefined || !isTogether) return alone
    const grant = hint(`ALL TABLES IN SCHEMA ${identifier(schema)}`, role)
    return [...alone, ofSchema(schema, usual, message, asGranted(database, first.partition, grant))]
  })
}

/** The same for the schemas themselves: one finding for each that has more than one table. */
export function lackingOnSchemas(
  database: Granting,
  lacking: readonly Lacking[],
  { message, hint, toBringItOver }: NeededPrivilege,
): Finding[] {
  return bySchema(lacking).flatMap(([schema, own]) => {
    const [first, second] = own
    if (first === undefined) return []
    const grant = hint(identifier(schema), identifier(database.server.role))
    if (second === undefined) {
      const advice = asGranted(database, first.partition, grant, toBringItOver)
      return [errorFinding(displayName(first.partition.name), message, advice)]
    }
    // What is said of a table of the host helps only where all are.
    const { partition } = own.find((each) => !isOfHost(database, each)) ?? first
    const advice = asGranted(database, partition, grant, toBringItOver, patternOfSchema(schema))
    return [ofSchema(schema, own, message, advice)]
  })
}

function isOfHost({ relations }: Granting, { partition }: Lacking): boolean {
  return relations.find(({ oid }) => oid === partition.oid)?.platform !== undefined
}

function ofSchema(schema: string, own: readonly Lacking[], ofEach: string, advice: string): Finding {
  const named = own.slice(0, MOST_NAMED).map(({ partition }) => displayName(partition.name))
  const more = own.length > named.length ? `, and ${own.length - named.length} more` : ''
  const ofAll = ofEach.replace(/^is /, 'are ')
  const said = `${countOf(own.length, 'table')} ${ofAll}: ${named.join(', ')}${more}`
  return {
    ...errorFinding(`schema ${schema}`, said, advice),
    tables: [...new TableSet(own.map(({ table }) => table))],
    ofEach,
  }
}

function bySchema(lacking: readonly Lacking[]): [string, Lacking[]][] {
  return [...groupBy(lacking, ({ partition }) => partition.name.schema)]
}
