import { tableToJson } from '../../api/json/table-to-json.ts'
import type { DumpSummary } from '../../dump/dump-summary.ts'
import type { DumpList } from '../../dump/list-dumps.ts'
import type { ExportResult } from '../../jobs/export.ts'

/** The result of `export` as `--json` prints it and the log tells it; documented in docs/JSON.md. */
export function exportResultToJson({ tables, ...result }: ExportResult): object {
  return {
    ...summaryToJson(result),
    tables: tables.map(({ schema, name, ...figures }) => ({ ...tableToJson({ schema, name }), ...figures })),
  }
}

/** The dumps of `dumps list`, `verify` and `prune`, as `--json` prints them. */
export function dumpListToJson<T extends DumpList>({ dumps, ...list }: T): object {
  return {
    ...list,
    dumps: dumps.map(({ summary, ...dump }) => ({
      ...dump,
      ...(summary === undefined ? {} : summaryToJson(summary)),
    })),
  }
}

/** A dump in short, with its time as text. */
function summaryToJson<T extends DumpSummary>({ startedAt, ...summary }: T): object {
  return { ...summary, startedAt: startedAt.toISOString() }
}
