import type { VerifyResult } from '../../jobs/verify.ts'
import { tableToJson } from './table-to-json.ts'

/** The result of `verify` as `--json` prints it; documented in docs/CLI.md. */
export function verifyResultToJson({ tables, startedAt, ...result }: VerifyResult): object {
  return {
    ...result,
    startedAt: startedAt.toISOString(),
    tables: tables.map(({ table, ...facts }) => ({ ...tableToJson(table), ...facts })),
  }
}
