import type { RunRules } from '../config/config.ts'
import { countOf } from '../core/count-of.ts'
import { RefusedError, UsageError } from '../core/errors.ts'
import type { Session } from '../postgres/session.ts'
import { expectYes, type Question } from '../progress/confirm.ts'
import type { JobContext } from '../progress/job-context.ts'
import { awaitRunLock } from '../run/await-run-lock.ts'
import { withTarget } from '../run/databases.ts'
import { migrate } from '../state/migrate.ts'
import { readForeignSources } from '../state/read-foreign-sources.ts'
import { forgetSources, type RowOrigin } from '../state/sources.ts'

/** What was forgotten. */
export interface ForgetResult {
  /** The database whose state has forgotten. */
  readonly database: string
  readonly sources: readonly RowOrigin[]
}

/**
 * Makes the state in a database forget that runs into it read from others, so that it may be read into them: for a real change of roles.
 * Nothing else changes, so the database may be a protected one.
 * @param source the one to forget, by the name that it had in the configuration, or its own; undefined for all of them
 * @throws RefusedError if there is nothing to forget, or it is not confirmed; UsageError if `source` is not known; LockedError
 */
export async function forgetSource(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  source: string | undefined,
  context: JobContext,
): Promise<ForgetResult> {
  const { name } = rules.to
  return withTarget(rules, context, async (target) => {
    const session = await target.session()
    await awaitRunLock(session, context)
    const sources = choose(await findKnown(session, name), name, source)
    await expectYes(context, askAboutForgetting(name, sources))
    // The table is missing in the state of an older mbsync.
    await migrate(session)
    await forgetSources(session, sources)
    return { database: name, sources }
  })
}

async function findKnown(session: Session, name: string): Promise<readonly RowOrigin[]> {
  const state = await readForeignSources(session)
  if (state.kind !== 'known') {
    throw new RefusedError(`${state.table} in "${name}" cannot be read`, {
      hint: 'Use the URL of the role that mbsync writes with.',
    })
  }
  if (state.origins.length > 0) return state.origins
  throw new RefusedError(`The state in "${name}" remembers no source: there is nothing to forget`, {
    hint: 'Name the database that runs have written to: after a refused run, the source of that run.',
  })
}

function choose(known: readonly RowOrigin[], name: string, source: string | undefined): readonly RowOrigin[] {
  if (source === undefined) return known
  const chosen = known.filter((origin) => origin.name === source || origin.database === source)
  if (chosen.length > 0) return chosen
  throw new UsageError(`The state in "${name}" remembers no source "${source}"`, {
    hint: `It remembers ${known.map(describe).join(', ')}.`,
  })
}

function askAboutForgetting(name: string, sources: readonly RowOrigin[]): Question {
  const which = sources.map(describe).join(', ')
  return {
    message: `The state in "${name}" would forget ${countOf(sources.length, 'source')}: ${which}. Runs from "${name}" could then overwrite them`,
    details: [],
    hint: 'Confirm it on a terminal, with --yes, or with MBSYNC_YES=1.',
  }
}

function describe({ name, database }: RowOrigin): string {
  return name === database ? `"${name}"` : `"${name}" (database ${database})`
}
