import type { RunRules } from '../../config/config.ts'
import type { Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayIdentifier, displayName, type TableName } from '../../core/table-name.ts'
import { type ListedRelation, listRelations } from '../../postgres/catalog/list-relations.ts'
import { readExtensionTables } from '../../postgres/catalog/read-extension-tables.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { isSelected } from '../../transfer/inspect/select-relations.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'
import { selectionOf } from '../selection-of.ts'

/** Tables of the target whose rows would not be in the new database, as the run does not bring the table. */
export async function findLeftBehind(
  session: Session,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
): Promise<Finding[]> {
  const selection = { ...selectionOf(rules, options), takesHistories: true }
  const ofSource = new TableSet(await origin.listTables())
  const isBrought = (table: ListedRelation) => isSelected(selection, table) && ofSource.has(table.name)
  const apart = (await listRelations(session)).filter(
    (table) => (table.kind === 'table' || table.kind === 'partitioned') && !isBrought(table),
  )
  const filled = await findFilled(
    session,
    apart.map(({ name }) => name),
  )
  const leftBehind = filled.map((name) =>
    errorFinding(
      displayName(name),
      `has rows in the target that the run does not bring${ofSource.has(name) ? '' : ', and is not in the source'}: they would be in the previous database alone`,
      'Bring the table with the run, or empty it in the target; `strategy: merge` leaves it as it is.',
    ),
  )
  return [...leftBehind, ...(await findExtensionRows(session))]
}

/** Extensions are created again, and with them their own rows alone. */
async function findExtensionRows(session: Session): Promise<Finding[]> {
  const tables = await readExtensionTables(session, () => true)
  return tables.map(({ table, extension, isKnown }) =>
    noteFinding(
      displayName(table),
      `belongs to extension ${displayIdentifier(extension)} and ${isKnown ? 'has' : 'may have'} rows of users in the target: they will be in the previous database alone`,
      'Copy these rows from the previous database after the run; `strategy: merge` leaves them as they are.',
    ),
  )
}

async function findFilled(session: Session, names: readonly TableName[]): Promise<TableName[]> {
  const filled: TableName[] = []
  for (const name of names) {
    const { has } = await withUserPath(session, 'reading', () =>
      session.queryOne<{ has: boolean }>(`SELECT EXISTS (SELECT FROM ${relation(name)}) AS has`),
    )
    if (has) filled.push(name)
  }
  return filled
}
