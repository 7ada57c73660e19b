import type { ExitStatus } from '../core/exit-codes.ts'
import type { VerifiedTable } from '../run/verify/verified-table.ts'

/** The exit status of a verification that returned. */
export function verifyStatus({
  tables,
}: {
  readonly tables: readonly Pick<VerifiedTable, 'status' | 'isSkipped'>[]
}): Extract<ExitStatus, 'done' | 'different' | 'refused' | 'incomplete'> {
  if (tables.some(({ status }) => status === 'different')) return 'different'
  const left = tables.filter(({ status }) => status === 'not compared')
  if (left.some(({ isSkipped }) => isSkipped !== true)) return 'refused'
  return left.length > 0 ? 'incomplete' : 'done'
}
