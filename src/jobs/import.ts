import { basename } from 'node:path'
import type { RunRules } from '../config/config.ts'
import { shellWord } from '../core/shell-word.ts'
import { parseTablePattern, patternOf } from '../core/table-pattern.ts'
import { checkChecksums } from '../dump/check-checksums.ts'
import { expectMethod } from '../dump/compression.ts'
import { schemaOf } from '../dump/describe-schema.ts'
import { dumpSource } from '../dump/dump-source.ts'
import { type Dump, openDump } from '../dump/open-dump.ts'
import { verifyDump } from '../dump/verify-dump.ts'
import { recogniseHistory } from '../postgres/catalog/migration-histories.ts'
import type { Database } from '../postgres/database.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withTarget } from '../run/databases.ts'
import { identifySession } from '../run/identify-database.ts'
import type { Origin } from '../run/origin.ts'
import { refuseOwnDescendant } from '../run/refuse-swapped-sides.ts'
import { refuseUnsafeTarget } from '../run/refuse-unsafe-target.ts'
import { rememberUnopened } from '../run/remember-unopened.ts'
import type { RunOptions, RunPlan } from '../run/run-plan.ts'
import type { RunResult } from '../run/run-result.ts'
import { bringInto, planBringing } from '../run/swap/bring-into.ts'
import type { CreatableSchema } from '../schema/creatable-object.ts'
import { createdColumns } from '../schema/created-columns.ts'

/** What an import is asked. */
export interface ImportOptions extends RunOptions {
  /** The folder or the file of the dump. */
  readonly dump: string
}

/**
 * Brings the target's tables to the state of a dump, as `sync` does: the checksum of every file is checked first, and all that is in it before the first COMMIT.
 * @throws RefusedError if the dump is damaged or the target cannot take it; FailedError, LockedError, InterruptedError
 */
export async function importDump(
  rules: RunRules,
  options: ImportOptions,
  context: JobContext,
): Promise<RunResult> {
  return rememberUnopened(rules, options, context, (watched) =>
    withCheckedDump(rules, options, watched, checkChecksums, (target, origin, asked) =>
      bringInto({ target, origin, rules: asked, options, context: watched }),
    ),
  )
}

/** What {@link importDump} would do now. Changes nothing. Validation errors are in the plan, not thrown. */
export async function planImport(
  rules: RunRules,
  options: ImportOptions,
  context: JobContext,
): Promise<RunPlan> {
  const check = (dump: Dump) => verifyDump(dump, { jobs: rules.jobs, ...context })
  return withCheckedDump(rules, options, context, check, (target, origin, asked) =>
    planBringing({ target, origin, rules: asked, options, context }),
  )
}

/**
 * Looks at the target before the dump is read whole: a wrong password should not cost minutes. Damage shows in the checksums; what is in the rows is checked
 * as they land, before any of them is committed. A plan lands nothing, so it reads them.
 */
async function withCheckedDump<T>(
  rules: RunRules,
  options: ImportOptions,
  context: JobContext,
  check: (dump: Dump, context: JobContext) => Promise<void>,
  use: (target: Database, origin: Origin, asked: RunRules) => Promise<T>,
): Promise<T> {
  const dump = await openDump(options.dump)
  expectMethod(dump.manifest.compression.method, dump.path)
  return withTarget(rules, context, async (target) => {
    await refuseUnsafeTarget(rules, target)
    const session = await target.session()
    const { identity } = await identifySession(session)
    await refuseOwnDescendant(dump, rules.to, { session, identity })
    target.giveBack(session)
    context.report({ type: 'phase', phase: 'verify' })
    await check(dump, context)
    return use(target, dumpOrigin(dump), askForAll(rules, dump))
  })
}

/** Whatever a dump holds of a host's tables was asked for when it was written. Histories of migrations must be asked for again. */
function askForAll(rules: RunRules, { manifest }: Dump): RunRules {
  const asked = manifest.tables.flatMap(({ schema, name, columns }) => {
    const history = recogniseHistory(
      { schema, name },
      columns.map((column) => column.name),
    )
    return history === undefined ? (parseTablePattern(patternOf({ schema, name })) ?? []) : []
  })
  return { ...rules, include: [...rules.include, ...asked] }
}

/** What a swap would lose is known before it builds a database. */
function withColumnNames(schema: CreatableSchema | undefined): CreatableSchema | undefined {
  if (schema === undefined) return undefined
  const objects = schema.objects.map((object) =>
    object.table === undefined
      ? object
      : { ...object, table: { ...object.table, columnNames: createdColumns(object.create) } },
  )
  return { ...schema, objects }
}

function dumpOrigin(dump: Dump): Origin {
  const { source, startedAt } = dump.manifest
  const { origins, ...identity } = source
  const { name, database, databaseOid, systemIdentifier } = identity
  const readWhole = async () =>
    dump.manifest.schema === undefined ? undefined : schemaOf(dump.manifest.schema)
  return {
    name: dump.path,
    rehearsal: `mbsync import ${shellWord(dump.path)} --to … --dry-run`,
    lineage: [{ name, database, databaseOid, systemIdentifier }, ...(origins ?? [])],
    identity: { ...identity, dump: basename(dump.path), exportedAt: startedAt },
    givesSchema: dump.manifest.schema === undefined ? 'never' : 'to empty targets',
    readSchema: readWhole,
    lookAtSchema: async () => withColumnNames(await readWhole()),
    listTables: async () => dump.manifest.tables,
    open: async (selection, _, use) => use(dumpSource(dump, selection)),
  }
}
