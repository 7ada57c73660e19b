import type { RunRules } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import { type ReadonlyTableSet, TableSet } from '../../core/table-map.ts'
import { displayIdentifier, displayName, type TableName } from '../../core/table-name.ts'
import { type ListedRelation, listRelations } from '../../postgres/catalog/list-relations.ts'
import { readExtensionTables } from '../../postgres/catalog/read-extension-tables.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { readAfterXids } from '../../state/after.ts'
import { listRunTables } from '../../state/list-runs.ts'
import { stateOf } from '../../state/migrate.ts'
import { isSelected, isTable } from '../../transfer/inspect/select-relations.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import type { Origin } from '../origin.ts'
import type { RunOptions } from '../run-plan.ts'
import { selectionOf } from '../selection-of.ts'

/** The tables of the target whose rows the new database has. */
export interface Brought {
  /** The tables of the source, or of the new database. */
  readonly ofSource: ReadonlyTableSet
  readonly isBrought: (table: ListedRelation) => boolean
}

/** The tables that a run will copy. */
export async function plannedToBring(origin: Origin, rules: RunRules, options: RunOptions): Promise<Brought> {
  const selection = { ...selectionOf(rules, options), takesHistories: true }
  const ofSource = new TableSet(await origin.listTables())
  return { ofSource, isBrought: (table) => isSelected(selection, table) && ofSource.has(table.name) }
}

/** The tables that a run has copied to a new database. */
export async function hasBrought(next: Session, runId: number): Promise<Brought> {
  const ofSource = new TableSet((await listRelations(next)).map(({ name }) => name))
  const brought = new TableSet((await listRunTables(next, runId)).map(({ table }) => table))
  return { ofSource, isBrought: ({ name }) => brought.has(name) }
}

/** Tables of the target whose rows the new database would lack, because the run does not copy the table. */
export async function findLeftBehind(
  session: Session,
  brought: Brought,
  options: Pick<RunOptions, 'after'>,
): Promise<Finding[]> {
  const { ofSource } = brought
  const { apart, readable, filled } = await listApart(session, brought)
  const unknown = apart
    .filter(({ oid }) => !readable.has(oid))
    .map(({ name }) =>
      errorFinding(
        displayName(name),
        'may have rows in the target, which the role may not read and the run does not copy: they would only be in the previous database',
        'Let the role read it (GRANT USAGE ON SCHEMA …, GRANT SELECT ON TABLE …), so that mbsync can see whether it is empty. `strategy: merge` leaves it as it is.',
      ),
    )
  const again = new TableSet(await writtenByAfter(session, filled, options))
  const leftBehind = filled.map((name) =>
    again.has(name) ? writtenAgain(name) : leftAlone(name, ofSource.has(name)),
  )
  return [...leftBehind, ...unknown, ...(await findExtensionRows(session))]
}

/** The tables that the run does not copy, and whose rows SQL of `after` is expected to write again. */
export async function findWrittenByAfter(
  session: Session,
  origin: Origin,
  rules: RunRules,
  options: RunOptions,
): Promise<TableName[]> {
  if ((options.after ?? []).length === 0) return []
  const { filled } = await listApart(session, await plannedToBring(origin, rules, options))
  return writtenByAfter(session, filled, options)
}

/**
 * If a script changed rows of users, they look as if the script had written them. So if it writes fewer rows this time, some of theirs
 * would be lost.
 * @throws FailedError that names the table
 */
export async function expectWrittenAgain(
  before: Session,
  next: Session,
  tables: readonly TableName[],
): Promise<void> {
  const there = new TableSet((await listRelations(next)).map(({ name }) => name))
  const countIn = async (session: Session, name: TableName) => {
    const { n } = await withUserPath(session, 'reading', () =>
      session.queryOne<{ n: number }>(`SELECT count(*)::float8 AS n FROM ${relation(name)}`),
    )
    return n
  }
  for (const name of tables) {
    const [old, now] = [await countIn(before, name), there.has(name) ? await countIn(next, name) : 0]
    if (now < old)
      throw new FailedError(
        `${displayName(name)}: SQL of \`after\` has written ${now} rows to the new database, and the target has ${old}`,
        {
          hint: 'The target is as it was. Have the files of `after` write the rows that are missing, or write the target in place: `strategy: merge`.',
        },
      )
  }
}

/** Tables that the run does not copy, those of them that the role may read, and those with rows. */
async function listApart(session: Session, { isBrought }: Brought) {
  const apart = (await listRelations(session)).filter((table) => isTable(table) && !isBrought(table))
  const readable = await readableOids(
    session,
    apart.map(({ oid }) => oid),
  )
  const filled = await findFilled(
    session,
    apart.filter(({ oid }) => readable.has(oid)).map(({ name }) => name),
  )
  return { apart, readable, filled }
}

/** Tables whose rows were all written by runs of the same files. */
async function writtenByAfter(
  session: Session,
  filled: readonly TableName[],
  { after = [] }: Pick<RunOptions, 'after'>,
): Promise<TableName[]> {
  if (after.length === 0 || filled.length === 0 || (await stateOf(session)) !== 'current') return []
  const xids = await readAfterXids(
    session,
    after.map(({ file }) => file),
  )
  const found: TableName[] = []
  for (const name of filled)
    if (xids.length > 0 && (await isWrittenInAll(session, name, xids))) found.push(name)
  return found
}

function leftAlone(name: TableName, isInSource: boolean): Finding {
  return errorFinding(
    displayName(name),
    `has rows in the target that the run does not copy${isInSource ? '' : ', and is not in the source'}: they would only be in the previous database`,
    'Copy the table, too, or empty it in the target; `strategy: merge` leaves it as it is.',
  )
}

function writtenAgain(name: TableName): Finding {
  return noteFinding(
    displayName(name),
    'has only rows that SQL of `after` has written, which it writes again',
  )
}

/** Whether these transactions wrote all rows of the table. */
async function isWrittenInAll(session: Session, name: TableName, xids: readonly string[]): Promise<boolean> {
  const { isWritten } = await withUserPath(session, 'reading', () =>
    session.queryOne<{ isWritten: boolean }>(
      `SELECT NOT EXISTS (SELECT FROM ${relation(name)} AS t
         WHERE t.xmin <> ALL (ARRAY(SELECT (x::int8 & 4294967295)::text::xid FROM unnest($1::text[]) AS x))) AS "isWritten"`,
      [xids],
    ),
  )
  return isWritten
}

/** Extensions are created again, and create their own rows. */
async function findExtensionRows(session: Session): Promise<Finding[]> {
  const tables = await readExtensionTables(session, () => true)
  return tables.map(({ table, extension, isKnown }) =>
    noteFinding(
      displayName(table),
      `belongs to extension ${displayIdentifier(extension)} and ${isKnown ? 'has' : 'may have'} rows of users in the target: they will only be in the previous database`,
      'Copy these rows from the previous database after the run; `strategy: merge` leaves them as they are.',
    ),
  )
}

/** Those that the role may read, without policies that hide rows from it. */
async function readableOids(session: Session, oids: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ oid: number }>(
    `SELECT c.oid AS oid FROM pg_class c WHERE c.oid = ANY ($1::oid[]) AND has_schema_privilege(c.relnamespace, 'USAGE')
       AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)`,
    [oids],
  )
  return new Set(rows.map(({ oid }) => oid))
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
