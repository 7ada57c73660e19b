import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import type { Member } from '../../postgres/catalog/table.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { LiveCatalog, LiveTable } from '../inspect-source.ts'
import type { Selection } from '../inspection.ts'
import { isSelected } from '../select-relations.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { validateSelection } from './selection.ts'

/** Types whose values PostgreSQL prints but does not read back. */
const UNREADABLE_TYPES = new Set([
  'pg_node_tree',
  'pg_ndistinct',
  'pg_dependencies',
  'pg_mcv_list',
  'pg_brin_bloom_summary',
  'pg_brin_minmax_multi_summary',
])

/** What stands in the way of reading a live database, wherever its rows are to go. */
export function validateSource(selection: Selection, source: LiveCatalog): Finding[] {
  return [
    ...validateSelection(selection, source),
    ...source.relations
      .filter(({ kind, name }) => kind === 'foreign' && isSelected(selection, name))
      .map(({ name }) => noteFinding(displayName(name), 'is a foreign table and is not copied')),
    ...source.tables.flatMap((table) => table.members.flatMap((member) => reading(source, table, member))),
    ...source.tables.flatMap(unreadableColumns),
    ...source.sequences
      .filter((sequence) => sequence.value === undefined)
      .map(({ name }) =>
        errorFinding(
          displayName(name),
          'may not be read in the source',
          `GRANT SELECT ON SEQUENCE ${relation(name)} TO …`,
        ),
      ),
  ]
}

function reading({ server }: LiveCatalog, table: LiveTable, member: Member): Finding[] {
  const { name, kind, canSelect, isRowSecurityActive, isUnlogged } = member
  const shown = displayName(name)
  if (kind === 'foreign') {
    return [
      errorFinding(
        shown,
        `is a foreign table among the partitions of ${displayName(table.name)}`,
        'Detach it, or exclude the table.',
      ),
    ]
  }
  const findings: Finding[] = []
  if (!canSelect) {
    findings.push(
      errorFinding(shown, 'may not be read in the source', `GRANT SELECT ON ${relation(name)} TO …`),
    )
  }
  if (isRowSecurityActive) {
    findings.push(
      errorFinding(
        shown,
        'has row-level security that would hide rows of the source',
        'Read as the owner of the table or as a role with BYPASSRLS.',
      ),
    )
  }
  if (isUnlogged && server.isInRecovery) {
    findings.push(
      errorFinding(
        shown,
        'is unlogged, and a standby cannot read it',
        'Read from the primary, or exclude the table.',
      ),
    )
  }
  return findings
}

function unreadableColumns({ name, columns }: LiveTable): Finding[] {
  return columns
    .filter(({ baseType }) => UNREADABLE_TYPES.has(baseType))
    .map((column) =>
      errorFinding(
        displayName(name),
        `column "${column.name}" is of type ${column.baseType}, which PostgreSQL cannot read back`,
        'Exclude the table.',
      ),
    )
}
