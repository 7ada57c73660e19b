import { tableToJson } from '../../api/json/table-to-json.ts'
import type { RunDetail } from '../../jobs/show-run.ts'
import type { RunSummary, StatusReport } from '../../jobs/status.ts'

/** The report of `status` as `--json` prints it; documented in docs/JSON.md. */
export function statusToJson({ runs, profile, ...report }: StatusReport): object {
  return { profile: profile ?? null, ...report, runs: runs.map(runToJson) }
}

/** One run as `status <run> --json` prints it. */
export function runDetailToJson(run: RunDetail | undefined): object {
  if (run === undefined) return { run: null }
  const { tables, source, undoneRunId, timeline, created, followed, ...summary } = run
  return {
    run: {
      ...runToJson(summary),
      source: source ?? null,
      undoneRunId: undoneRunId ?? null,
      created: Object.fromEntries(created),
      followed: Object.fromEntries(followed),
      timeline: timeline ?? null,
      tables: tables.map(({ table, ...figures }) => ({ ...tableToJson(table), ...figures })),
    },
  }
}

function runToJson<T extends RunSummary>(summary: T): object {
  const { startedAt, finishedAt, error, hint, exitCode, backup, ...run } = summary
  return {
    ...run,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    error: error ?? null,
    hint: hint ?? null,
    exitCode: exitCode ?? null,
    backup: backup ?? null,
  }
}
