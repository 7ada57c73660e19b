import type { RunSummary, StatusReport } from '../../jobs/status.ts'

/** The report of `status` as `--json` prints it; documented in docs/CLI.md. */
export function statusToJson({ runs, profile, ...report }: StatusReport): object {
  return { profile: profile ?? null, ...report, runs: runs.map(runToJson) }
}

function runToJson({ startedAt, finishedAt, error, backup, ...run }: RunSummary): object {
  return {
    ...run,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    error: error ?? null,
    backup: backup ?? null,
  }
}
