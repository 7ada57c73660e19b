import { printable } from '../../core/printable.ts'
import type { VerifyResult } from '../../jobs/verify.ts'
import type { VerifyJson } from '../results.ts'
import { tableToJson } from './table-to-json.ts'

/** The result of `verify` as `--json` prints it; documented in docs/JSON.md. */
export function verifyResultToJson({ tables, startedAt, ...result }: VerifyResult): VerifyJson {
  return {
    ...result,
    startedAt: startedAt.toISOString(),
    tables: tables.map(({ table, differences, ...facts }) => ({
      ...tableToJson(table),
      ...facts,
      differences: differences.map(({ kind, key }) => ({ kind, key: printable(key) })),
    })),
  }
}
