import type { RunRules } from '../../config/config.ts'
import { countOf } from '../../core/count-of.ts'
import { RefusedError } from '../../core/errors.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { type Database, withDatabaseBeside } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { copyState } from '../../state/copy-state.ts'
import { migrate } from '../../state/migrate.ts'
import { takeRunLock } from '../../state/run-lock.ts'
import {
  type ColumnName,
  type DatabaseName,
  forgetCourse,
  forgetSwap,
  rememberBuilt,
  rememberSwap,
  type Swap,
} from '../../state/swaps.ts'
import { type LandedStaying, landStayingFrom, type StayingEars } from '../../transfer/staying/land-staying.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'
import { finishNext } from '../after/run-after.ts'
import type { Origin } from '../origin.ts'
import { refuseFindings } from '../refuse-findings.ts'
import { runInto } from '../run-into.ts'
import type { RunOptions } from '../run-plan.ts'
import type { RunResult, Warning } from '../run-result.ts'
import { selectionOf } from '../selection-of.ts'
import { readBrought } from '../take-raw-rows.ts'
import type { OpenRun } from '../with-run.ts'
import { carryOver, describeLostObjects } from './carry-over.ts'
import { createDatabase, expectFree, NameTakenError } from './create-database.ts'
import { fillAndCompare } from './fill-and-compare.ts'
import { expectWrittenAgain, findWrittenByAfter } from './find-left-behind.ts'
import { columnsBeside } from './find-lost.ts'
import { giveSettings } from './give-settings.ts'
import { judgeAgain } from './judge-again.ts'
import { judgeAfterColumns } from './judge-lost.ts'
import { type DatabaseLocale, readLocale } from './read-locale.ts'
import type { TargetDatabase } from './read-target-database.ts'

/** The input of a new database. */
export interface Building {
  readonly target: Database
  readonly maintenance: Database
  readonly origin: Origin
  readonly rules: RunRules
  readonly options: RunOptions
  readonly run: OpenRun
  readonly old: TargetDatabase
  readonly swap: Swap
}

/** Creates the new database, empty. Its name is written down before that, once it is known to be free. */
export async function createNext({
  maintenance,
  origin,
  rules,
  run,
  old,
  swap,
}: Building): Promise<{ readonly built: DatabaseName; readonly notes: readonly Finding[] }> {
  const { coordinator, context } = run
  context.report({ type: 'phase', phase: 'build' })
  const locale = await localeOf(rules, origin, coordinator)
  const session = await maintenance.session()
  await expectFree(session, [swap.builtName, swap.replacedName])
  await rememberSwap(coordinator, swap)
  const oid = await createDatabase(session, {
    name: swap.builtName,
    owner: old.owner,
    tablespace: old.tablespace,
    locale,
    comment: `mbsync: run ${swap.runId} builds the next database "${old.name}" here`,
  }).catch(async (error: unknown) => {
    // The next run would take a database of that name for one that this run has left behind.
    if (error instanceof NameTakenError) await forgetSwap(coordinator, swap.runId)
    throw error
  })
  await rememberBuilt(coordinator, swap.runId, oid)
  const notes = await giveSettings(session, rules, swap.builtName, old.settings)
  maintenance.giveBack(session)
  return { built: { oid, name: swap.builtName }, notes }
}

/** A dump does not say which locale its rows had. */
async function localeOf(
  { swap }: RunRules,
  { readLocale: readOfSource }: Origin,
  coordinator: Session,
): Promise<DatabaseLocale> {
  const own = await readLocale(coordinator)
  return swap.locale === 'target' ? own : ((await readOfSource?.()) ?? own)
}

/**
 * Fills the database as a run into an empty database does, under the number of this run, and gives it the owners and privileges of the old
 * one.
 */
export async function fillNext(
  building: Building,
  built: DatabaseName,
): Promise<{ readonly result: RunResult; readonly afterColumns: readonly ColumnName[] }> {
  const { target, maintenance, origin, rules, options, run, swap } = building
  return withDatabaseBeside(target, swap.builtName, async (next) => {
    await takeOverState(run, next)
    const lost: Finding[] = []
    const raw: Warning[] = []
    const put = new TableMap<LandedStaying>()
    const ofAfter = await findWrittenByAfter(run.coordinator, origin, rules, options)
    const fill = (from: Origin) =>
      runInto({
        target: next,
        origin: from,
        rules: rulesForNext(rules),
        options: {
          ...options,
          landStaying: landStayingFrom(run.coordinator, selectionOf(rules, options), {
            rawOf: rawRowsIn(run.coordinator, raw),
            lost: (table, columns) => lost.push(describeLost(table, columns)),
            landed: (table, place) => put.set(table, place),
          }),
          createsSchema: true,
          followsSchema: false,
          skipsDrift: false,
          isFull: true,
          backup: undefined,
          search: undefined,
          after: [],
        },
        context: { ...run.context, report: withoutOpening(run.context) },
      })
    const result =
      rules.swap.verify === 'full'
        ? await fillAndCompare(origin, next, { rules, context: run.context, put }, fill)
        : await fill(origin)
    if (result.runId !== run.id) throw new Error('The new database counts runs in another way')
    const session = await next.session()
    const { old, fresh, notes } = await carryOver(run.coordinator, session, rules)
    const after = options.after ?? []
    const warnings = await finishNext(session, run, after)
    await expectWrittenAgain(run.coordinator, session, ofAfter)
    const before = { rules, runId: run.id, after, afterColumns: [] }
    const judged = await maintenance.withClosingSession((other) =>
      judgeAgain(run.coordinator, other, session, before),
    )
    const afterColumns = after.length === 0 ? [] : columnsBeside(old, fresh, judged.fresh)
    const again = await judgeAfterColumns(run.coordinator, session, afterColumns)
    refuseFindings([...judged.findings, ...again], origin.rehearsal)
    await forgetCourse(session, run.id)
    await rememberSwap(session, swap)
    await rememberBuilt(session, run.id, built.oid)
    const left = [...judged.lost, ...describeLostObjects(rules.to, judged.old, judged.fresh)]
    return {
      result: {
        ...result,
        notes: [...result.notes, ...notes, ...left, ...coded('swap', lost)],
        warnings: [...result.warnings, ...raw, ...warnings],
      },
      afterColumns,
    }
  })
}

/**
 * A table that does not fit would be skipped and stay empty, so `drift` and --skip-drift have nothing to skip here. Conditions about the
 * target may not be valid in the new database, which has no such row until the rows that stay are added. If rows stay, only a load can put
 * them beside those of the source.
 */
function rulesForNext(rules: RunRules): RunRules {
  const { keep = [], deletes } = rules
  const stays =
    keep.length > 0 ||
    deletes?.others === 'keep' ||
    deletes?.tables.some((rule) => rule.deletes === 'keep') === true
  return {
    ...rules,
    strategy: stays ? 'load' : 'auto',
    schema: 'create',
    drift: 'refuse',
    backup: 'undo',
    keep: keep.map(({ table, rows }) => ({ table, rows: rows === true ? rows : 'false' })),
  }
}

function describeLost(table: TableName, columns: readonly string[]): Finding {
  const names = columns.map((name) => `"${name}"`).join(', ')
  return noteFinding(
    displayName(table),
    `its kept rows have values in ${names} that are only in the previous database: the source has no such ${columns.length === 1 ? 'column' : 'columns'}`,
    'Run the migrations of staging again, and fill these columns from the previous database; `strategy: merge` leaves them as they are.',
  )
}

/** The run is opened only once. */
function withoutOpening({ report }: JobContext): JobContext['report'] {
  return (event) => {
    if (event.type !== 'run-opened') report(event)
  }
}

async function takeOverState({ id, coordinator }: OpenRun, next: Database): Promise<void> {
  const session = await next.session()
  await takeRunLock(session)
  await migrate(session)
  await copyState(coordinator, session, { before: id })
  await session.query('SELECT pg_advisory_unlock_all()')
  await session.end()
}

/**
 * Keeps a swap from taking over rows that hold values from before the masks. In the new database, all rows are of one transaction, so nothing could find them
 * later. `warnings` receives what is not certain.
 */
function rawRowsIn(old: Session, warnings: Warning[]): StayingEars['rawOf'] {
  return async (inspection, pair) => {
    const brought = (await readBrought(old, inspection, [pair])).get(pair.target.name)
    if (brought === undefined) return undefined
    const name = displayName(pair.target.name)
    return {
      ...brought,
      found: ({ certain, doubtful }) => {
        if (certain > 0)
          throw new RefusedError(
            `${name}: ${countOf(certain, 'row')} that the swap would keep are as a run has brought them before the masks, or before these changed`,
            {
              hint: 'The target is as it was. Run once with `--strategy merge --purge`, which masks these rows or deletes them, or delete them yourself.',
            },
          )
        if (doubtful === 0) return
        warnings.push({
          message: `${name}: the swap has kept ${countOf(doubtful, 'row')} which may hold values from before the masks`,
          hint: 'mbsync does not know whether a run has brought them, or staging has made them. Look at them, and delete what came from production.',
        })
      },
    }
  }
}
