import type { TableName } from '../../core/table-name.ts'
import type { VerifiedTable } from './verified-table.ts'

/** A table that is not compared, and why. */
export function notCompared(name: TableName, reason: string): VerifiedTable {
  const nothing = { sourceRows: 0, targetRows: 0, missing: 0, extra: 0, changed: 0, differences: [] }
  return { table: name, status: 'not compared', ...nothing, isComplete: false, reason }
}
