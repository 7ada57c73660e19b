import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import type { ServerFacts } from '../../postgres/catalog/read-server.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { errorFinding } from './finding.ts'
import { asGranted, type Hosted } from './owner-advice.ts'

/** A table, or a partition of it, that the role may not do something with. */
export interface Lacking {
  readonly table: TableName
  readonly partition: Partition
}

/** A privilege on tables, and what is said of those that lack it. */
export interface NeededPrivilege {
  readonly privileges: string
  /** As the end of a sentence about one table, and about several. */
  readonly ofOne: string
  readonly ofSome: string
}

/** A database as far as its role, and advice about that, is concerned. */
export type Granting = Hosted & { readonly server: Pick<ServerFacts, 'role'> }

/** From so many tables of a schema on, one statement grants a privilege on all of them. */
const MANY_TABLES = 3
const MOST_NAMED = 5

/** What is said of the tables that lack a privilege: of many in a schema, one finding with one statement. */
export function lackingOnTables(
  database: Granting,
  lacking: readonly Lacking[],
  { privileges, ofOne, ofSome }: NeededPrivilege,
): Finding[] {
  const role = identifier(database.server.role)
  return bySchema(lacking).flatMap(([schema, own]) => {
    const each = own.map(({ table, partition }) => {
      const usual = `GRANT ${privileges} ON ${relation(partition.name)} TO ${role}`
      return { table, partition, usual, hint: asGranted(database, partition, usual) }
    })
    // What only helps with one of them is said of that one.
    const together = each.filter(({ partition, usual, hint }) => {
      return hint.startsWith(usual) && !partition.isDormantOwner
    })
    const alone = together.length < MANY_TABLES ? each : each.filter((one) => !together.includes(one))
    const findings = alone.map(({ partition, hint }) =>
      errorFinding(displayName(partition.name), ofOne, hint),
    )
    const [first] = together
    if (first === undefined || together.length < MANY_TABLES) return findings
    const grant = `GRANT ${privileges} ON ALL TABLES IN SCHEMA ${identifier(schema)} TO ${role}`
    return [
      ...findings,
      ofSchema(schema, together, ofOne, ofSome, asGranted(database, first.partition, grant)),
    ]
  })
}

/** The same of the schemas themselves: one finding for each that has more than one table. */
export function lackingOnSchemas(database: Granting, lacking: readonly Lacking[], side: string): Finding[] {
  const role = identifier(database.server.role)
  const inside = `is in a schema of the ${side} that may not be used`
  return bySchema(lacking).flatMap(([schema, own]) => {
    const [first] = own
    if (first === undefined) return []
    const hint = asGranted(
      database,
      first.partition,
      `GRANT USAGE ON SCHEMA ${identifier(schema)} TO ${role}`,
    )
    if (own.length === 1) return [errorFinding(displayName(first.partition.name), inside, hint)]
    const some = `are in a schema of the ${side} that may not be used`
    return [ofSchema(schema, own, inside, some, hint)]
  })
}

function ofSchema(
  schema: string,
  own: readonly Lacking[],
  ofOne: string,
  ofSome: string,
  hint: string,
): Finding {
  const named = own.slice(0, MOST_NAMED).map(({ partition }) => displayName(partition.name))
  const more = own.length > named.length ? `, and ${own.length - named.length} more` : ''
  const said = `${countOf(own.length, 'table')} ${ofSome}: ${named.join(', ')}${more}`
  const tables = own.map(({ table }) => table)
  return { ...errorFinding(`schema ${schema}`, said, hint), tables, ofEach: ofOne }
}

function bySchema(lacking: readonly Lacking[]): [string, Lacking[]][] {
  return [...groupBy(lacking, ({ partition }) => partition.name.schema)]
}
