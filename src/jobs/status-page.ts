import type { RunRules } from '../config/config.ts'
import { writeWhole } from '../files/write-whole.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withTarget } from '../run/databases.ts'
import { listRuns } from '../state/list-runs.ts'
import { type MaskedTable, readMaskedTables } from '../state/masked-tables.ts'
import { hasState } from '../state/migrate.ts'
import { chooseRun, type RunChoice, type RunDetail, readDetail } from './show-run.ts'
import { type RunSummary, summarizeRuns } from './status.ts'

/** A web server may serve it, as far as the umask lets others read. */
const PUBLIC = 0o666

/** A run on a target with those before it. */
export interface StatusPage {
  readonly target: string
  /** The profile that the runs are of; undefined if all were asked for. */
  readonly profile: string | undefined
  /** Undefined if there has been none yet. */
  readonly run: RunDetail | undefined
  /** Newest first. */
  readonly runs: readonly RunSummary[]
  /** What the run brought masked. */
  readonly masked: readonly MaskedTable[]
  readonly readAt: Date
}

/** A page that was written. */
export interface WrittenPage {
  readonly path: string
  readonly runId: number | undefined
}

/**
 * Reads a run and the last ones, and writes what `render` makes of them to a file, which is there as a whole or not at all.
 * @throws UsageError if there is no run of the number; FailedError if the file cannot be written
 */
export async function writeStatusPage(
  rules: Pick<RunRules, 'to' | 'timeouts'>,
  { limit, path, ...choice }: RunChoice & { readonly limit: number; readonly path: string },
  render: (page: StatusPage) => string,
  context: JobContext,
): Promise<WrittenPage> {
  const page = await withTarget(rules, context, async (target): Promise<StatusPage> => {
    const session = await target.session()
    const { profile } = choice
    const id = await chooseRun(session, rules.to.name, choice)
    const runs = (await hasState(session)) ? await listRuns(session, { profile, limit }) : []
    return {
      target: rules.to.name,
      profile,
      run: id === undefined ? undefined : await readDetail(session, rules.to.name, id),
      runs: runs.length === 0 ? [] : await summarizeRuns(session, runs),
      masked: id === undefined ? [] : await readMaskedTables(session, id),
      readAt: new Date(),
    }
  })
  await writeWhole(path, [render(page)], PUBLIC)
  return { path, runId: page.run?.id }
}
