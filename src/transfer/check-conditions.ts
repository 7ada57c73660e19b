import type { Finding } from '../core/finding.ts'
import { displayName } from '../core/table-name.ts'
import { identifier, relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import type { TablePair } from './inspection.ts'

/** Lets the source parse each `where` condition, without reading a row, so that a wrong one is found before landing. */
export async function checkConditions(source: Session, pairs: readonly TablePair[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const pair of pairs) {
    if (pair.where === undefined) continue
    const { name } = pair.source
    await source.execute('SAVEPOINT condition')
    try {
      await source.execute(
        `SELECT FROM ONLY ${relation(name)} AS ${identifier(name.name)} WHERE (${pair.where}\n) LIMIT 0`,
      )
    } catch (error) {
      findings.push(wrongCondition(pair, error))
    }
    await source.execute('ROLLBACK TO SAVEPOINT condition')
  }
  return findings
}

function wrongCondition({ source }: TablePair, error: unknown): Finding {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    severity: 'error',
    subject: displayName(source.name),
    message: `its \`where\` condition is not valid: ${reason}`,
    hint: 'Correct it in mbsync.yaml. The search_path is empty: qualify functions, types and operators outside pg_catalog.',
  }
}
