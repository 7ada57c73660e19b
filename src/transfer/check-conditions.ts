import type { Finding } from '../core/finding.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { LiveTable } from './inspect-source.ts'

/**
 * Lets the source parse each `where` condition, without reading a row, so that a wrong one is found before any is read.
 * Tables that the role may not read are left to the rules about privileges.
 */
export async function checkConditions(source: Session, tables: readonly LiveTable[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, where } of tables.filter(isReadable)) {
    if (where === undefined) continue
    await source.execute('SAVEPOINT condition')
    try {
      await source.execute(
        `SELECT FROM ONLY ${relation(name)} AS ${identifier(name.name)} WHERE (${where}\n) LIMIT 0`,
      )
    } catch (error) {
      findings.push(wrongCondition(name, error))
    }
    await source.execute('ROLLBACK TO SAVEPOINT condition')
  }
  return findings
}

function isReadable({ members }: LiveTable): boolean {
  return members.every((member) => member.canUseSchema && member.canSelect && !member.isRowSecurityActive)
}

function wrongCondition(name: TableName, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    severity: 'error',
    subject: displayName(name),
    message: `its \`where\` condition is not valid: ${reason}`,
    hint: 'Correct it in mbsync.yaml. The search_path is empty: qualify functions, types and operators outside pg_catalog.',
  }
}
