import type { RunRules } from '../../config/config.ts'
import { FailedError, RefusedError } from '../../core/errors.ts'
import { type ReadonlyTableMap, TableSet } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { type Database, withDatabase } from '../../postgres/database.ts'
import type { JobContext } from '../../progress/job-context.ts'
import type { Selection } from '../../transfer/inspect/inspection.ts'
import type { StayRules } from '../../transfer/inspect/stay-rule.ts'
import { type LiveSource, withLiveSource } from '../../transfer/source/live-source.ts'
import type { LandedStaying } from '../../transfer/staying/land-staying.ts'
import { isPutSql } from '../../transfer/staying/put-staying.ts'
import type { Origin } from '../origin.ts'
import type { RunResult, Warning } from '../run-result.ts'
import { compareSides } from '../verify/compare-sides.ts'

/** How many sessions compare, and which tables come entirely from staging. */
type ComparedRules = Pick<RunRules, 'jobs' | 'keep'>

interface Comparing {
  readonly rules: ComparedRules
  readonly context: JobContext
  /** The tables that hold the rows of the old database, by table. */
  readonly put: ReadonlyTableMap<LandedStaying>
}

/**
 * Fills a database from an origin, and compares every value with the snapshot that it was filled from.
 * @throws FailedError if a table differs; RefusedError if the origin is not a live database
 */
export async function fillAndCompare(
  origin: Origin,
  next: Database,
  { rules, context, put }: Comparing,
  fill: (from: Origin) => Promise<RunResult>,
): Promise<RunResult> {
  const { openLive } = origin
  if (openLive === undefined)
    throw new RefusedError('`swap.verify` is full, and a dump cannot be compared with the new database', {
      hint: 'Set `swap: { verify: counts }`: every byte of a dump is checked before it is read.',
    })
  return holdOpen(origin, openLive, async (kept, held) => {
    const result = await fill(kept)
    const warnings = await compareWith(
      held(),
      next,
      { jobs: rules.jobs, keep: stayingOf(rules, put) },
      context,
    )
    return { ...result, warnings: [...result.warnings, ...warnings] }
  })
}

type Kept = NonNullable<StayRules['keep']>

/** The new database may lack what a condition is about. The rows that met it are recorded there. */
function stayingOf({ keep = [] }: ComparedRules, put: ReadonlyTableMap<LandedStaying>): Kept {
  const whole = keep.filter(({ rows }) => rows === true)
  const isWhole = new TableSet(whole.map(({ table }) => table))
  const others = [...put].filter(([table]) => !isWhole.has(table))
  return [...whole, ...others.map(([table, place]) => ({ table, rows: isPutSql(place, table) }))]
}

async function compareWith(
  { source, selection }: HeldSource,
  next: Database,
  { jobs, ...staying }: { readonly jobs: number; readonly keep: Kept },
  context: JobContext,
): Promise<Warning[]> {
  const whole = { ...selection, where: [], columns: [], masks: { rules: [], key: undefined } }
  const compared = await withDatabase({ ...next.options, role: 'source', isTarget: true }, (database) =>
    withLiveSource(database, whole, jobs, (actual) =>
      compareSides(source, actual, jobs, { samplePercent: 100, limit: 1, staying }, context),
    ),
  )
  const different = compared.filter(({ status }) => status === 'different')
  if (different.length > 0)
    throw new FailedError(
      `The new database differs from the source in ${different.map(({ table }) => displayName(table)).join(', ')}`,
      {
        hint: 'The target is as it was. Please report it as a bug; `mbsync verify` shows how tables differ.',
      },
    )
  return compared
    .filter(({ status }) => status === 'not compared')
    .map(({ table, reason = '' }) => ({
      message: `${displayName(table)} was not compared with the source before the switch: ${reason}`,
    }))
}

/** An opened origin, and the selection that it was opened for. */
interface HeldSource {
  readonly source: LiveSource
  readonly selection: Selection
}

/**
 * Gives `work` an origin that stays open after use, with its snapshot, until `work` has ended. `held` returns the source as it was last
 * opened.
 * @throws FailedError if tables of the source were renamed or redefined meanwhile
 */
async function holdOpen<T>(
  origin: Origin,
  openLive: NonNullable<Origin['openLive']>,
  work: (kept: Origin, held: () => HeldSource) => Promise<T>,
): Promise<T> {
  let last: (HeldSource & { readonly letGo: () => Promise<void> }) | undefined
  const letGo = async () => {
    const now = last
    last = undefined
    await now?.letGo()
  }
  const open: Origin['open'] = async (selection, readers, use) => {
    await letGo()
    return new Promise((resolve, reject) => {
      let isUsed = false
      const whole = openLive(selection, readers, async (source) => {
        // What was read before is no longer what exists now.
        if (isUsed)
          throw new FailedError('Tables of the source changed while they were read', { hint: AGAIN })
        isUsed = true
        const result = await use(source)
        await new Promise<void>((release) => {
          const letGoOf = async () => {
            release()
            await whole
          }
          last = { source, selection, letGo: letGoOf }
          resolve(result)
        })
      })
      whole.catch(reject)
    })
  }
  try {
    const result = await work({ ...origin, open }, () => {
      if (last === undefined) throw new Error('The source was not opened')
      return last
    })
    await letGo()
    return result
  } catch (error) {
    await letGo().catch(() => undefined)
    throw error
  }
}

const AGAIN = 'The target is as it was. Run again when no migration is under way in the source.'
