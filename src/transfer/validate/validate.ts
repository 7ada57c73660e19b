import { coded, type Finding } from '../../core/finding.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { validateColumns } from './columns.ts'
import { validateEncodings } from './encodings.ts'
import { validateForeignKeys } from './foreign-keys.ts'
import { validateFunctionReads } from './function-reads.ts'
import { validateKeys } from './keys.ts'
import { validateOutsideChildren } from './left-out.ts'
import { validateObstacles } from './obstacles.ts'
import { validatePartitions } from './partitions.ts'
import { validatePrivileges } from './privileges.ts'
import { validateRestrictions } from './restrictions.ts'
import { validateSequences } from './sequences.ts'
import { validateTables } from './tables.ts'
import { validateTypes } from './types.ts'
import type { ValidateOptions } from './validate-options.ts'

/**
 * Judges whether the target can take the source's rows, and returns all findings at once: every reason to refuse the run, and every
 * harmless difference. Pure: reads nothing and changes nothing. Obstacles to reading the source are judged where it is opened.
 */
export function validate(inspection: Inspection, options: ValidateOptions): Finding[] {
  return [
    ...coded('table', validateTables(inspection)),
    ...coded('column', validateColumns(inspection)),
    ...coded('type', validateTypes(inspection)),
    ...coded('key', validateKeys(inspection)),
    ...coded('partition', validatePartitions(inspection)),
    ...coded('sequence', validateSequences(inspection)),
    ...coded('encoding', validateEncodings(inspection)),
    ...coded('privilege', validatePrivileges(inspection)),
    ...coded('obstacle', validateObstacles(inspection, options)),
    ...coded('restriction', validateRestrictions(inspection)),
    ...coded('restriction', validateFunctionReads(inspection)),
    ...coded('foreign-key', validateForeignKeys(inspection)),
    ...coded('left-out', validateOutsideChildren(inspection)),
  ]
}

/** Errors first, in the order of their subjects. */
export function compareFindings(a: Finding, b: Finding): number {
  const bySeverity = Number(a.severity === 'note') - Number(b.severity === 'note')
  if (bySeverity !== 0) return bySeverity
  return a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0
}
