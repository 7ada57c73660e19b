import { FailedError } from '../../core/errors.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { type ReadonlyTableSet, TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { namingUnreadable } from '../../postgres/catalog/expect-readable-text.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import type { CopiedOut } from '../../postgres/copy-out-each.ts'
import type { Database } from '../../postgres/database.ts'
import { countUnreadableLargeObjects } from '../../postgres/large-objects.ts'
import type { Session } from '../../postgres/session.ts'
import { markUnlocked, SessionPool } from '../../postgres/session-pool.ts'
import { type Snapshot, withSnapshot } from '../../postgres/snapshot.ts'
import { inspectSource, type LiveCatalog, type LiveTable } from '../inspect/inspect-source.ts'
import type { Selection } from '../inspect/inspection.ts'
import { type ListedTables, listTables } from '../inspect/read-catalog.ts'
import { readHistories } from '../inspect/read-histories.ts'
import { conditionsOf, joinConditions } from '../inspect/select-relations.ts'
import { stayRuleOf } from '../inspect/stay-rule.ts'
import { checkMasks } from '../masks/check-masks.ts'
import { findLetThrough } from '../masks/find-let-through.ts'
import { expectMasked } from '../masks/personal/find-unmasked.ts'
import { withMasks } from '../masks/with-masks.ts'
import { unreadableLargeObjects, validateLeftOut } from '../validate/left-out.ts'
import { validateSource } from '../validate/source.ts'
import { checkConditions, expectConditionsAsShown, findMovingConditions } from './check-conditions.ts'
import { copyOutSql, isPlainCopy, wireEncoding } from './copy-sql.ts'
import { liveChanges } from './live-changes.ts'
import { type GuardedTable, readPlanFacts } from './plan-facts.ts'
import { PlanGuard } from './plan-guard.ts'
import { type LivePart, planParts } from './plan-parts.ts'
import type { PartReader, RowSource, RowStream } from './row-source.ts'
import { usefulSessions } from './useful-sessions.ts'
import { type CurrentMark, readSourceMark } from './watermark.ts'

/** A live database as a source of rows. */
export interface LiveSource extends RowSource<LivePart> {
  readonly catalog: LiveCatalog
  withSession<T>(use: (session: Session) => Promise<T>): Promise<T>
  /** `whole` names tables whose partitions must not be split. */
  planParts(tables: readonly TableName[], jobs: number, whole?: ReadonlyTableSet): LivePart[]
  /** The sessions that share the snapshot, from which readers borrow theirs. */
  readonly sessions: SessionPool
  readonly guard: PlanGuard
}

/**
 * Takes a snapshot of the selected tables and reads their catalog; both last as long as `use`.
 * @param jobs how many sessions may read at once; none to read only the catalog
 */
export async function withLiveSource<T>(
  database: Database,
  selection: Selection,
  jobs: number,
  use: (source: LiveSource) => Promise<T>,
): Promise<T> {
  return withSnapshot(
    database,
    {
      list: async (session) => {
        const listed = await namingUnreadable(database, () => listTables(session, selection))
        const sizes = listed.partitions.map(({ bytes }) => bytes)
        const readers = jobs === 0 ? 0 : usefulSessions(sizes, jobs)
        return { relations: listed.partitions.filter(isLockable), readers, listed }
      },
      read: async ({ coordinator, witness, text }, { listed }) => {
        const [catalog, mark, facts] = await namingUnreadable(database, () =>
          Promise.all([
            inspectSource(coordinator, witness, selection, listed),
            readSourceMark(coordinator, text),
            readPlanFacts(
              coordinator,
              witness,
              guardedTables(listed, selection),
              database.options.isTarget === true,
            ),
          ]),
        )
        return { catalog, mark, facts }
      },
    },
    async (snapshot, { catalog, mark, facts }) => {
      const { coordinator, witness } = snapshot
      const { masked, resolved } = await withMasks(coordinator, selection, catalog, mark)
      const guard = await PlanGuard.open(coordinator, witness, masked.tables, facts)
      const ofMasks = [
        ...resolved.findings,
        ...(await checkMasks(witness, guard, masked.tables, resolved.wanted)),
      ]
      const isStrict = selection.masks?.isStrict === true
      const areUsable = ofMasks.every(({ severity }) => severity !== 'error')
      const findings = [
        ...ofMasks,
        ...(areUsable
          ? await findLetThrough(coordinator, guard, masked.tables, resolved.wanted, isStrict)
          : []),
        ...(await expectMasked(coordinator, guard, masked, selection)),
        ...(await checkConditions(snapshot, guard, selection, catalog.tables)),
        ...validateSource(selection, catalog),
        ...coded('left-out', await findLeftOut(coordinator, selection, catalog)),
      ]
      if (!snapshot.areReadersLocked) await Promise.all(snapshot.readers.map(markUnlocked))
      const staying = catalog.tables.filter(({ name }) => stayRuleOf(selection, name)?.withoutSource === true)
      const moving = await findMovingConditions(witness, staying)
      const found = { catalog: masked, guard, findings, mark, moving }
      const result = await use(liveSource(snapshot, selection, found))
      await expectConditionsAsShown(snapshot, catalog.tables)
      return result
    },
  )
}

function guardedTables({ oids, partitions }: ListedTables, selection: Selection): GuardedTable[] {
  const own = groupBy(partitions, ({ root }) => root)
  const names = new Map(partitions.map(({ oid, name }) => [oid, name]))
  return oids.flatMap((oid) => {
    const name = names.get(oid)
    if (name === undefined) return []
    return [{ name, partitions: own.get(oid) ?? [], where: joinConditions(conditionsOf(selection, name)) }]
  })
}

/** Whether the role may lock it. */
function isLockable({ canUseSchema, canSelect, kind }: Partition): boolean {
  return canUseSchema && canSelect && kind !== 'foreign'
}

interface Inspected extends Pick<LiveSource, 'catalog' | 'guard' | 'findings'> {
  readonly mark: CurrentMark
  /** Tables whose rows may begin to meet their condition without being written, while rows of the target stay. */
  readonly moving: ReadonlyTableSet
}

function liveSource(
  { coordinator, readers, areReadersLocked, witness, text, promisedLocks }: Snapshot,
  selection: Selection,
  { catalog, guard, findings, mark, moving }: Inspected,
): LiveSource {
  const encoding = wireEncoding(catalog.server.encoding)
  const sessions = new SessionPool(readers, areReadersLocked ? undefined : coordinator, promisedLocks)
  const isCopied = ({ name }: LiveTable) => guard.whyOnlyCopied(name) !== undefined
  const onlyCopied = catalog.tables.filter(isCopied).map(({ name }) => name)
  const plan = (names: readonly TableName[], jobs: number, whole: ReadonlyTableSet = new TableSet()) =>
    planParts(
      namedTables(catalog, names),
      jobs,
      coordinator.serverVersion,
      new TableSet([...whole, ...onlyCopied]),
    )
  return {
    catalog,
    findings,
    encoding,
    snapshot: text,
    changes: liveChanges(sessions, { mark, guard, moving }, (names, whole) =>
      plan(names, Math.max(readers.length, 1), whole),
    ),
    readHistories: () => readHistories(witness, selection, catalog.relations),
    planParts: plan,
    planColumns: (table, columns) => plan([table], 1).map((part) => ({ ...part, columns })),
    sessions,
    guard,
    withSession: async (use) => {
      const session = await sessions.take()
      try {
        const result = await use(session)
        sessions.giveBack(session)
        return result
      } catch (error) {
        sessions.fail(error)
        throw error
      }
    },
    readers: readers.length,
    openReader: async () => new LiveReader(await sessions.take(), encoding, sessions, guard),
  }
}

/** Large objects that are copied with rows must be readable. Which ones rows refer to is known only after these have landed. */
async function findLeftOut(session: Session, selection: Selection, catalog: LiveCatalog): Promise<Finding[]> {
  const { leftOut } = catalog
  if (selection.hasLargeObjects !== true || leftOut === undefined) return validateLeftOut(catalog)
  const unreadable = leftOut.largeObjects === 0 ? 0 : await countUnreadableLargeObjects(session)
  const beside = validateLeftOut(catalog, true)
  return unreadable === 0 ? beside : [...beside, unreadableLargeObjects(session.database, unreadable)]
}

function namedTables({ tables }: LiveCatalog, names: readonly TableName[]): LiveCatalog['tables'] {
  const wanted = new TableSet(names)
  return tables.filter(({ name }) => wanted.has(name))
}

class LiveReader implements PartReader<LivePart> {
  readonly #session: Session
  readonly #encoding: string
  readonly #pool: SessionPool
  readonly #guard: PlanGuard

  constructor(session: Session, encoding: string, pool: SessionPool, guard: PlanGuard) {
    this.#session = session
    this.#encoding = encoding
    this.#pool = pool
    this.#guard = guard
  }

  async read<T>(part: LivePart, use: (rows: RowStream) => Promise<T>): Promise<T> {
    const sql = copyOutSql(part, this.#encoding)
    return this.#pool.reading(this.#session, [part.partition.name], async (session) => {
      if (!isPlainCopy(part)) await this.#guard.prepare(session, part)
      return session.busy(sql, () => {
        const { stream, rowCount } = session.copyOutCounted(sql)
        return use({ stream, rowCount: () => rowCount })
      })
    })
  }

  get together() {
    return { most: this.#pool.tablesAtOnce, read: (parts: readonly LivePart[]) => this.#readEach(parts) }
  }

  async #readEach(parts: readonly LivePart[]): Promise<CopiedOut[] | undefined> {
    const copies = parts.map((part) => ({ table: part.table, sql: copyOutSql(part, this.#encoding) }))
    const names = parts.map(({ partition }) => partition.name)
    return this.#pool.reading(this.#session, names, async (session) => {
      const queried = parts.filter((part) => !isPlainCopy(part))
      if (queried.length > 0) await this.#guard.prepare(session, ...queried)
      return session.copyOutEach(copies)
    })
  }

  explain(error: unknown): unknown {
    return this.#session.explain(error)
  }

  malformed({ table }: LivePart, found: string): FailedError {
    const { database } = this.#session
    return new FailedError(`${displayName(table)}: ${database} sent ${found}, as no PostgreSQL server does`, {
      hint: 'Check which server the URL leads to. With sslmode=verify-full, no machine in between can change what it sends.',
    })
  }

  /** The session still shares the snapshot, and another reader may use it. */
  async end(): Promise<void> {
    this.#pool.giveBack(this.#session)
  }
}
