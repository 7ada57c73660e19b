import { FailedError } from '../../core/errors.ts'
import { groupBy } from '../../core/group-by.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { Turns } from '../../core/turns.ts'
import {
  type ForeignCode,
  readConditionCode,
  readPlannedCode,
} from '../../postgres/catalog/read-foreign-code.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import { enterUserPath, leaveUserPath } from '../../postgres/user-path.ts'
import { giveKeys } from '../masks/mask-keys.ts'
import {
  type Allowed,
  type GuardedTable,
  harmfulOf,
  type PlanFacts,
  probePlans,
  readParts,
} from './plan-facts.ts'
import type { LivePart } from './plan-parts.ts'

/** Why a relation must not be queried. */
export interface Obstacle {
  /** As a sentence about its table. */
  readonly reason: string
  /** The role that would have to be trusted; undefined if that would not help. */
  readonly owner: string | undefined
}

/** The obstacles to querying the tables of a database, by the object id of a relation. */
interface Obstacles {
  /** Obstacles to any query. */
  readonly planned: ReadonlyMap<number, Obstacle>
  /** Obstacles to a condition. */
  readonly byCondition: ReadonlyMap<number, Obstacle>
  /** Relations that can only be planned under the search path of users. */
  readonly underUserPath: ReadonlySet<number>
}

/**
 * Keeps the planner of a database from running code of other roles with rights of mbsync's own that they do not have. If planning a query over
 * a table could run such code, the table is only read by plain COPY of whole partitions.
 *
 * The planner uses the current catalog, and the locks of readers do not keep the owner of a table from adding an index. So in a source, tables
 * are only queried if their owners are trusted, or could gain nothing (see {@link readHarmlessRoles}). A target runs code of its owners anyway;
 * there, each query over a table of another role is preceded by another look at the current catalog.
 */
export class PlanGuard {
  readonly #witness: Session
  readonly #turnsOfWitness = new Turns()
  readonly #role: string
  readonly #found: Obstacles
  readonly #allowed: Allowed
  readonly #tables: ReadonlyTableMap<GuardedTable>
  /** The parts of each relation that may call functions, as they were when they were last found harmless. */
  readonly #harmless: Map<number, string>
  /** Other relations that conditions read. */
  readonly #read = new TableMap<readonly Partition[]>()

  private constructor(
    witness: Session,
    { role, allowed }: Pick<PlanFacts, 'role' | 'allowed'>,
    found: Obstacles,
    tables: readonly GuardedTable[],
    parts: Map<number, string>,
  ) {
    this.#witness = witness
    this.#role = role
    this.#allowed = allowed
    this.#found = found
    this.#tables = new TableMap(tables.map((table) => [table.name, table]))
    this.#harmless = parts
  }

  /**
   * Judges all tables by the facts of {@link readPlanFacts}. `coordinator` must hold locks on them, and have no other query to answer
   * meanwhile.
   */
  static async open(
    coordinator: Session,
    witness: Session,
    tables: readonly GuardedTable[],
    facts: PlanFacts,
  ): Promise<PlanGuard> {
    const { allowed, partsBefore, plannedCode, byCondition, scripted } = facts
    const partitions = tables.flatMap((table) => table.partitions)
    const planned = new Map([...plannedCode.map(obstacle), ...distrusted(allowed, partitions)])
    const { impossible, underUserPath } = await probePlans(
      coordinator,
      partitions.filter((partition) => !planned.has(partition.oid) && isReadable(partition)),
      new Set(scripted),
    )
    for (const [oid, why] of impossible)
      planned.set(oid, { reason: `a query over it cannot be planned: ${why}`, owner: undefined })
    const found = { planned, byCondition: new Map(byCondition.map(obstacle)), underUserPath }
    return new PlanGuard(witness, facts, found, tables, partsBefore)
  }

  /** The role that reads the database. */
  get role(): string {
    return this.#role
  }

  /** Why a table may only be copied; undefined if it may be queried. */
  whyOnlyCopied(name: TableName): Obstacle | undefined {
    return this.#firstOf(name, this.#found.planned)
  }

  /** The tables that are only copied because of a role that is not trusted, by that role. */
  get untrusted(): ReadonlyMap<string, readonly TableName[]> {
    const inHandsOf = [...this.#tables].flatMap(([name, { partitions }]) => {
      const [first] = distrusted(this.#allowed, partitions)
      return first?.[1].owner === undefined ? [] : [{ name, owner: first[1].owner }]
    })
    const byOwner = groupBy(inHandsOf, ({ owner }) => owner)
    return new Map([...byOwner].map(([owner, own]) => [owner, own.map(({ name }) => name)]))
  }

  /** Why the table cannot have its condition. */
  whyNoCondition(name: TableName): Obstacle | undefined {
    return this.whyOnlyCopied(name) ?? this.#firstOf(name, this.#found.byCondition)
  }

  /** Remembers the relations that the condition of a table reads, which must have been found harmless. */
  addRead(name: TableName, partitions: readonly Partition[]): void {
    this.#read.set(name, [...(this.#read.get(name) ?? []), ...partitions])
  }

  /** Reads the obstacles to relations that a condition names. */
  async whyNotNamed(partitions: readonly Partition[]): Promise<Obstacle | undefined> {
    const oids = partitions.map(({ oid }) => oid)
    for (const { oid, parts } of await readParts(this.#witness, oids)) this.#harmless.set(oid, parts)
    const [planned] = harmfulOf(this.#allowed, await readPlannedCode(this.#witness, oids))
    const [byCondition] = harmfulOf(this.#allowed, await readConditionCode(this.#witness, oids))
    const code = planned ?? byCondition
    return distrusted(this.#allowed, partitions)[0]?.[1] ?? (code && obstacle(code)[1])
  }

  /**
   * Call this right before each query over parts, on the session that runs it. It also sets the search path that planning needs.
   * @throws FailedError if the planner would run code of other roles
   */
  async prepare(
    session: Session,
    ...parts: readonly Pick<LivePart, 'table' | 'partition' | 'where' | 'masks'>[]
  ): Promise<void> {
    const partitions = parts.flatMap(({ table, partition, where }) => {
      const read = where === undefined ? [] : (this.#read.get(table) ?? [])
      return [partition, ...read]
    })
    await this.prepareFor(session, partitions)
    // Settings that are made after a savepoint are lost when it is rolled back, so they are made for each query.
    await giveKeys(session, new Map(parts.flatMap(({ masks }) => [...(masks?.settings ?? [])])))
  }

  /** The same for relations. */
  async prepareFor(session: Session, partitions: readonly Partition[]): Promise<void> {
    await this.#turnsOfWitness.take(() => this.#expectHarmless(partitions))
    if (partitions.some(({ oid }) => this.#found.underUserPath.has(oid)))
      await enterUserPath(session, 'reading')
    else await leaveUserPath(session)
  }

  async #expectHarmless(partitions: readonly Partition[]): Promise<void> {
    const known = partitions.find(({ oid }) => this.#found.planned.has(oid))
    if (known !== undefined)
      throw new Error(`A query over ${displayName(known.name)}, which must only be copied`)
    const doubtful = partitions.filter((partition) => harmfulOwner(this.#allowed, partition) !== undefined)
    if (doubtful.length === 0) return
    const now = new Map(
      (
        await readParts(
          this.#witness,
          doubtful.map(({ oid }) => oid),
        )
      ).map((relation) => [relation.oid, relation]),
    )
    for (const { oid, name } of doubtful) {
      const relation = now.get(oid)
      if (relation === undefined || !isSameTable(relation, name)) throw this.#replaced(name)
      if (relation.parts === this.#harmless.get(oid)) continue
      const [code] = harmfulOf(this.#allowed, await readPlannedCode(this.#witness, [oid]))
      if (code !== undefined) throw this.#becameHarmful(name, code)
      this.#harmless.set(oid, relation.parts)
    }
  }

  #firstOf(name: TableName, found: ReadonlyMap<number, Obstacle>): Obstacle | undefined {
    const { partitions = [] } = this.#tables.get(name) ?? {}
    return partitions.map(({ oid }) => found.get(oid)).find((found) => found !== undefined)
  }

  #replaced(name: TableName): FailedError {
    return new FailedError(
      `${this.#witness.database}: ${displayName(name)} was replaced while it was being read`,
      {
        hint: 'Nothing has changed in the target. Run again when the migration is done.',
      },
    )
  }

  #becameHarmful(name: TableName, code: ForeignCode): FailedError {
    return new FailedError(
      `${this.#witness.database}: ${displayName(name)} was changed while it was being read: ${obstacle(code)[1].reason}`,
      {
        hint: 'Nothing has changed in the target. Run again: the table is then read in full, by plain COPY.',
      },
    )
  }
}

function isReadable({ canUseSchema, canSelect, isRowSecurityActive }: Partition): boolean {
  return canUseSchema && canSelect && !isRowSecurityActive
}

/** By the object id of the relation. */
function obstacle({ relationOid, function: name, owner, part }: ForeignCode): [number, Obstacle] {
  return [
    relationOid,
    { reason: `a query would call ${name} of role ${owner} (${part}) with the rights of mbsync`, owner },
  ]
}

/** The role that could put code beside a relation, or another relation into its place, and would gain by that. */
function harmfulOwner({ harmless }: Allowed, { untrustedOwners }: Partition): string | undefined {
  return untrustedOwners.find((owner) => !harmless.has(owner))
}

/** The relations that must not be queried whatever belongs to them now. */
function distrusted(allowed: Allowed, partitions: readonly Partition[]): [number, Obstacle][] {
  if (allowed.looks) return []
  return partitions.flatMap((partition): [number, Obstacle][] => {
    const owner = harmfulOwner(allowed, partition)
    if (owner === undefined) return []
    const where = displayName(partition.name)
    return [
      [
        partition.oid,
        { reason: `${where} is in the hands of role ${owner}, which \`trust\` does not name`, owner },
      ],
    ]
  })
}
