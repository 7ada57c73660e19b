import { tableToJson } from '../../api/json/table-to-json.ts'
import type { PrivacyReport } from '../../jobs/privacy.ts'

/** The result of `privacy` as `--json` prints it; documented in docs/JSON.md. */
export function privacyToJson({ findings, accepted, ...report }: PrivacyReport): object {
  return {
    ...report,
    findings: findings.map(({ table, ...finding }) => ({ ...tableToJson(table), ...finding })),
    accepted: accepted.map(({ table, ...each }) => ({ ...tableToJson(table), ...each })),
  }
}
