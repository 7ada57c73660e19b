import type { SearchIndexConfig } from '../../config/config.ts'
import { MbsyncError } from '../../core/errors.ts'
import type { Finding } from '../../core/finding.ts'
import { checkIndex } from '../../indexing/check-index.ts'
import { checkKeys } from '../../indexing/check-keys.ts'
import { findCircle } from '../../indexing/linked-indexes.ts'
import { openSearchIndex } from '../../indexing/open-search-index.ts'
import type { Database } from '../../postgres/database.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'

/** What would keep search indexes from being brought up to date after a run. Changes nothing. `all` are those of the profile. */
export async function checkSearch(
  target: Database,
  indexes: readonly SearchIndexConfig[],
  context: JobContext,
  all = indexes,
): Promise<Finding[]> {
  if (indexes.length === 0) return []
  const session = await target.session()
  const findings: Finding[] = []
  for (const config of indexes) {
    findings.push(...[findCircle(config, all)].filter((found) => found !== undefined))
    findings.push(...(await checkOne(session, config, context)))
  }
  return findings
}

async function checkOne(
  session: Session,
  config: SearchIndexConfig,
  { signal }: JobContext,
): Promise<Finding[]> {
  try {
    const { index } = await openSearchIndex(config, { create: false }, signal)
    try {
      const { errors, notes } = await checkIndex(session, config, index)
      return [...errors, ...notes, ...(errors.length === 0 ? await checkKeys(session, config) : [])]
    } finally {
      await index.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof MbsyncError)) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    return [{ severity: 'error', subject: config.name, message: error.message, ...hint }]
  }
}
