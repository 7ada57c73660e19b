import { profileArguments } from '../../config/command-arguments.ts'
import type { RunRules } from '../../config/config.ts'
import { countOf } from '../../core/count-of.ts'
import { FailedError, UnknownOutcomeError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import type { Session } from '../../postgres/session.ts'
import { wasWritten } from '../../state/migrate.ts'
import { markReady, readSwaps } from '../../state/swaps.ts'
import { type Asked, newRunOf } from '../asked.ts'
import { confirmFirstRun } from '../confirm-first-run.ts'
import { indexAfterwards } from '../index-afterwards.ts'
import { isAccepted } from '../is-accepted.ts'
import { refuseFindings } from '../refuse-findings.ts'
import type { RunResult, Warning } from '../run-result.ts'
import { withRun } from '../with-run.ts'
import { type Building, createNext, fillNext } from './build-database.ts'
import { dropDatabase, dropPrevious } from './drop-database.ts'
import { judgeSwap } from './judge-swap.ts'
import { readTargetDatabase } from './read-target-database.ts'
import { digestOfRules } from './rules-digest.ts'
import { settleIn } from './settle-in.ts'
import { swapName } from './swap-name.ts'
import { takePlace } from './take-place.ts'
import { withMaintenance } from './with-maintenance.ts'

/**
 * Builds a new database beside the target, equal to the origin, and lets it replace the target in one transaction. If anything fails before
 * that, the target is as it was.
 * @throws RefusedError if there is an obstacle; FailedError, LockedError, InterruptedError
 */
export async function swapInto({ target, origin, rules, options, context }: Asked): Promise<RunResult> {
  const startedAt = new Date()
  let judged: readonly Finding[] = []
  const before = async (coordinator: Session) => {
    origin.prepare?.(rules.jobs)
    const { findings, early } = await judgeSwap(target, coordinator, origin, rules, options)
    judged = findings
    refuseFindings([...findings, ...early], origin.rehearsal)
    if (!(await wasWritten(coordinator))) await confirmFirstRun(coordinator, origin, rules, options, context)
  }
  return withRun(
    target,
    context,
    { before, openWith: async () => newRunOf(rules, origin, options) },
    async (run) => {
      const old = await readTargetDatabase(run.coordinator)
      const swap = {
        runId: run.id,
        builtName: swapName(old.name, 'next', run.id),
        replacedName: swapName(old.name, 'prev', run.id),
        replacedOid: old.oid,
      }
      return withMaintenance(target, run.coordinator, async (maintenance) => {
        const filled = await buildAndSwitch({ target, maintenance, origin, rules, options, run, old, swap })
        const search = await indexAfterwards(rules, await settleIn(run), options)
        const { warnings, kept } = await dropPrevious(target, maintenance, rules.swap.keep)
        return {
          ...filled,
          startedAt,
          durationMs: Date.now() - startedAt.getTime(),
          search,
          ...(kept.includes(swap.replacedName) ? { previousDatabase: swap.replacedName } : {}),
          notes: withoutTwins(
            [...filled.notes, ...judged]
              .filter((note) => !isAccepted(rules, note))
              .map((note) => (note.subject === swap.builtName ? { ...note, subject: old.name } : note)),
          ),
          warnings: [...filled.warnings, ...warnings, ...warnOfPrevious(rules, kept)],
        }
      })
    },
  )
}

/** The same findings can appear at the start and at the end. */
function withoutTwins(notes: readonly Finding[]): Finding[] {
  const keyOf = ({ subject, message }: Finding) => JSON.stringify([subject, message])
  return [...new Map(notes.map((note) => [keyOf(note), note])).values()]
}

/** Previous databases hold raw values of columns that were masked since. */
function warnOfPrevious({ mask = [] }: RunRules, kept: readonly string[]): Warning[] {
  const isMasked = mask.some(({ columns }) => columns.some(({ mask: { kind } }) => kind !== 'accept'))
  if (!isMasked || kept.length === 0) return []
  return [
    {
      message: `Values from before the masks may be kept in ${countOf(kept.length, 'previous database')}: ${kept.join(', ')}`,
      hint: 'Drop them, or let the next swap do so with `swap: { keep: 0 }`. They are not part of what --purge removes.',
    },
  ]
}

async function buildAndSwitch(building: Building): Promise<RunResult> {
  const { target, maintenance, run, swap, rules, options } = building
  const { coordinator, context } = run
  let isReady = false
  try {
    const { built, notes } = await createNext(building)
    const { result, afterColumns } = await fillNext(building, built)
    await markReady(coordinator, run.id, { rulesDigest: digestOfRules(rules, options.after), afterColumns })
    isReady = true
    const { after } = options
    const taking = { target, maintenance, coordinator, rules, swap, built, after, afterColumns, context }
    const warnings = await takePlace(taking)
    const known = new Set(notes.map(({ message }) => message))
    return {
      ...result,
      notes: [...notes, ...result.notes],
      warnings: [...result.warnings, ...warnings.filter(({ message }) => !known.has(message))],
    }
  } catch (error) {
    // What the server refuses now, such as another connection, it may not refuse later.
    if (isReady && error instanceof FailedError && !context.signal.aborted) {
      const { message, hint = '' } = error
      throw new FailedError(message, {
        cause: error,
        hint: `${hint} The new database is kept: \`mbsync swap ${profileArguments(rules.name)} --retry\` switches to it without reading the source again; the next run drops it.`,
      })
    }
    // It is not known whether it has the name of the target by now.
    if (!(error instanceof UnknownOutcomeError)) await dropBuilt(building)
    throw error
  }
}

/** If this fails, the next run does it. The database may have no room for another session. */
async function dropBuilt({ target, maintenance, swap, run }: Building): Promise<void> {
  await target
    .withClosingSession(async (session) => {
      const known = (await readSwaps(session)).find(({ runId }) => runId === swap.runId)
      const built = known?.built
      if (built !== undefined) await maintenance.withClosingSession((own) => dropDatabase(own, built))
    }, run.coordinator)
    .catch(() => undefined)
}
