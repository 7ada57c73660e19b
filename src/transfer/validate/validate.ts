import { coded, type Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { copiedColumns } from '../inspect/columns.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { usableKey } from '../merge/merge-table.ts'
import { unprovenForeignKeys } from '../merge/unproven-foreign-keys.ts'
import { validateColumns } from './columns.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { adviseOnForeignKey } from './foreign-key-advice.ts'
import { validateFunctionReads } from './function-reads.ts'
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

/** Foreign keys that the source's rows may violate. It depends on the data, so they are noted, not refused. */
function validateForeignKeys(inspection: Inspection): Finding[] {
  const partitions = inspection.pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid))
  const inside = new Set(partitions)
  return unprovenForeignKeys(inspection).map((key) => {
    if (!inside.has(key.parentOid))
      return noteFinding(
        displayName(key.child),
        `foreign key "${key.name}" refers to ${displayName(key.parent)}: the run fails if the target lacks a row that is referred to`,
        adviseOnForeignKey(key, 'parent', inspection),
      )
    return noteFinding(
      displayName(key.child),
      `foreign key "${key.name}" to ${displayName(key.parent)} is not guaranteed by the source (a table outside the run, a \`where\`, rows that stay, or no such key there): it is checked before COMMIT`,
    )
  })
}

/** The target must be able to represent the source's text. */
function validateEncodings({ source, target }: Inspection): Finding[] {
  const [from, to] = [source.server.encoding, target.server.encoding]
  const subject = target.server.name
  if (from === to) return []
  if ([from, to].includes('MULE_INTERNAL')) {
    return [
      errorFinding(
        subject,
        `encoding ${from} cannot be converted to ${to}`,
        'Create the target with the encoding of the source.',
      ),
    ]
  }
  if (from === 'SQL_ASCII') {
    return [
      noteFinding(
        subject,
        `the source has no encoding (SQL_ASCII): text that is not valid ${to} fails the run`,
      ),
    ]
  }
  if (to === 'SQL_ASCII')
    return [noteFinding(subject, 'the target has no encoding (SQL_ASCII): text is stored as UTF8')]
  return to === 'UTF8' ? [] : [noteFinding(subject, `a character that ${to} cannot hold fails the run`)]
}

/** Tables without a key can be merged, but only as a whole. */
function validateKeys({ pairs }: Inspection): Finding[] {
  return pairs.flatMap((pair) => {
    const shown = displayName(pair.target.name)
    const key = usableKey(pair.target, copiedColumns(pair))
    if (key === undefined) {
      const lack =
        pair.target.key === undefined
          ? 'has no primary key and no unique index over NOT NULL columns'
          : 'has a key with columns that the source lacks'
      return [noteFinding(shown, `${lack}: whole rows are compared, which is slower`)]
    }
    const columns = new Set(key.columns.map((column) => column.name))
    const atSource = pair.source.keyColumns ?? []
    return atSource.length > 0 && atSource.every((name) => columns.has(name))
      ? []
      : [
          noteFinding(
            shown,
            `rows are matched by (${[...columns].join(', ')}) of "${key.index}", which is not the key of the source: two rows with the same values there would fail the run`,
          ),
        ]
  })
}
