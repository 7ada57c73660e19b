import type { Finding } from '../../core/finding.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { noteFinding } from './finding.ts'

/** One note for each role whose tables can only be copied, because the role that reads could do more for its code. */
export function validateTrust(
  database: string,
  {
    role,
    untrusted,
  }: { readonly role: string; readonly untrusted: ReadonlyMap<string, readonly TableName[]> },
): Finding[] {
  return [...untrusted].flatMap(([owner, [first, ...others]]) => {
    if (first === undefined) return []
    const which = others.length === 0 ? displayName(first) : `${displayName(first)} and ${others.length} more`
    return [
      noteFinding(
        database,
        `a query over tables of role ${owner} could run its code with the rights of ${role}, so they are only copied, in full: ${which}`,
        `If mbsync may run its code, write trust: [${owner}] under \`${database}\` in mbsync.yaml; runs can then read only what changed. A role that can read no more than ${owner} does not need it.`,
      ),
    ]
  })
}
