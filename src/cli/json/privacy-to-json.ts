import type { PrivacyReport } from '../../jobs/privacy.ts'
import { tableToJson } from './table-to-json.ts'

/** The result of `privacy` as `--json` prints it; documented in docs/JSON.md. */
export function privacyToJson({ findings, accepted, ...report }: PrivacyReport): object {
  return {
    ...report,
    findings: findings.map(({ table, ...finding }) => ({ ...tableToJson(table), ...finding })),
    accepted: accepted.map(({ table, ...each }) => ({ ...tableToJson(table), ...each })),
  }
}
