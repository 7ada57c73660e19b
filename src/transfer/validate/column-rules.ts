import leven from 'leven'
import type { Finding } from '../../core/finding.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import type { ColumnRule, Selection, SourceCatalog, SourceTable } from '../inspect/inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** A name this similar to another one is probably misspelt. */
const MISSPELT = 2

/** Left-out columns must exist, and must not be part of the key. Otherwise a misspelt one would be copied silently. */
export function validateColumnRules({ columns, only }: Selection, { tables }: SourceCatalog): Finding[] {
  const byName = new TableMap(tables.map((table) => [table.name, table]))
  return columns.flatMap((rule) => {
    const table = byName.get(rule.table)
    if (table !== undefined) return validateRule(rule, table)
    if (only.length > 0) return []
    return [
      errorFinding(
        displayName(rule.table),
        'has `columns` in the profile but is not among the tables of the run',
        'Correct the name, or remove it from `columns`.',
      ),
    ]
  })
}

function validateRule(
  { exclude }: ColumnRule,
  { name, columns, leftOut, keyColumns = [] }: SourceTable,
): Finding[] {
  const shown = displayName(name)
  return exclude.flatMap((column) => {
    if (keyColumns.includes(column)) {
      return [
        errorFinding(
          shown,
          `column "${column}" cannot be left out: it is part of the key that rows are matched by`,
          'Remove it from `columns` in the profile.',
        ),
      ]
    }
    if (leftOut.includes(column)) return []
    const meant = columns.find((each) => leven(each.name.toLowerCase(), column.toLowerCase()) <= MISSPELT)
    return [
      meant === undefined
        ? noteFinding(shown, `column "${column}", which \`columns\` leaves out, is not in the source`)
        : errorFinding(
            shown,
            `column "${column}", which \`columns\` leaves out, is not in the source`,
            `Write it as PostgreSQL spells it; case counts. Did you mean ${meant.name}?`,
          ),
    ]
  })
}
