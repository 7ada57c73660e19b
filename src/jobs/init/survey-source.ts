import { groupBy } from '../../core/group-by.ts'
import { sum } from '../../core/sum.ts'
import { groupByTable } from '../../core/table-map.ts'
import type { TableName } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { readColumns } from '../../postgres/catalog/read-columns.ts'
import { readForeignKeys } from '../../postgres/catalog/read-foreign-keys.ts'
import { readHarmlessRoles } from '../../postgres/catalog/read-harmless-roles.ts'
import { readKeys } from '../../postgres/catalog/read-keys.ts'
import { readPartitions } from '../../postgres/catalog/read-partitions.ts'
import type { Database } from '../../postgres/database.ts'
import { isTable } from '../../transfer/inspect/select-relations.ts'
import { findPersonal } from '../../transfer/masks/personal/find-personal.ts'
import { wordsOf } from '../../transfer/masks/personal/name-words.ts'
import { isUncounted } from '../../transfer/source/plan-parts.ts'

/** A table of a source, with its partitions, as far as a first configuration is concerned. */
export interface SurveyedTable {
  readonly name: TableName
  /** As the statistics have them; undefined if there are none. */
  readonly rows: number | undefined
  readonly bytes: number
  /** Whether a tool keeps its history of migrations there. */
  readonly isHistory: boolean
  /** The host or the extension that it belongs to, if it is not the customer's. */
  readonly platform: string | undefined
  /** The other tables that refer to it by foreign keys. */
  readonly referringTables: readonly TableName[]
  /** Whether its name sounds as if its rows mattered where they are alone: logs, sessions, queues. */
  readonly isPassing: boolean
  /** The columns whose names sound personal. */
  readonly personalColumns: readonly string[]
  /** The roles that would have to be trusted before a query may read it. */
  readonly untrustedOwners: readonly string[]
}

/** Looks at the tables of a source, largest first, by their names and statistics: no row is read. */
export async function surveySource(source: Database): Promise<SurveyedTable[]> {
  const session = await source.session()
  const tables = (await listRelations(session)).filter(isTable)
  const oids = tables.map(({ oid }) => oid)
  const partitions = groupBy(await readPartitions(session, oids), ({ root }) => root)
  const columns = await readColumns(session, oids)
  const keys = await readKeys(session, oids)
  const harmless = await readHarmlessRoles(session)
  const foreignKeys = await readForeignKeys(session, oids)
  const references = groupBy(foreignKeys, ({ parentOid }) => parentOid)
  const personal = groupByTable(
    findPersonal(
      {
        tables: tables.map(({ oid, name }) => ({
          name,
          columns: columns.get(oid) ?? [],
          keyColumns: keys.get(oid)?.columns.map((column) => column.name),
        })),
        foreignKeys: foreignKeys.map((key) => ({ ...key, childTable: key.child, parentTable: key.parent })),
      },
      new Map(),
    ),
    ({ table }) => table,
  )
  const surveyed = tables.map(({ oid, name, history, platform }) => {
    const own = partitions.get(oid) ?? []
    return {
      name,
      rows: own.some(isUncounted) ? undefined : sum(own.map(({ estimatedRows }) => estimatedRows)),
      bytes: own.reduce((total, { bytes }) => total + bytes, 0),
      isHistory: history !== undefined,
      platform,
      referringTables: (references.get(oid) ?? []).map(({ child }) => child),
      isPassing: PASSING.test(wordsOf(name.name)),
      personalColumns: (personal.get(name) ?? []).map(({ column }) => column),
      untrustedOwners: own
        .flatMap(({ untrustedOwners }) => untrustedOwners)
        .filter((owner) => !harmless.includes(owner)),
    }
  })
  return surveyed.sort((a, b) => b.bytes - a.bytes)
}

const PASSING = /\b(audit|caches?|events?|jobs?|locks?|logs?|outbox|queues?|sessions?|tokens?|webhooks?)\b/
