import { coded, type Finding } from '../../core/finding.ts'
import { TableMap } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { matchesPattern } from '../../core/table-pattern.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { LiveCatalog, LiveForeignKey, LiveTable } from '../inspect/inspect-source.ts'
import type { Selection, SourceRelation, SourceSequence } from '../inspect/inspection.ts'
import { isExcluded, isSelected, isSpecific } from '../inspect/select-relations.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { lackingOnSchemas, lackingOnTables } from './lacking-privileges.ts'
import { pastPolicies } from './owner-advice.ts'
import { validateSelection } from './selection.ts'

/** Types whose values PostgreSQL can print but not read. */
const UNREADABLE_TYPES = new Set([
  'pg_node_tree',
  'pg_ndistinct',
  'pg_dependencies',
  'pg_mcv_list',
  'pg_brin_bloom_summary',
  'pg_brin_minmax_multi_summary',
])

/** What prevents reading a live database, wherever its rows go. */
export function validateSource(selection: Selection, source: LiveCatalog): Finding[] {
  return coded('reading', [
    ...validateSelection(selection, source),
    ...source.relations
      .filter((each) => each.kind === 'foreign' && isSelected(selection, each))
      .map(({ name }) => foreignTable(name)),
    ...unreadable(source),
    ...source.tables.flatMap((table) =>
      table.partitions.flatMap((partition) => reading(source, table, partition)),
    ),
    ...coded('selection', partitionsByName(selection, source)),
    ...source.tables.flatMap(unreadableColumns),
    ...source.foreignKeys.filter(({ firing }) => firing === 'off').map(unwatchedKey),
    ...source.sequences
      .filter((sequence) => sequence.value === undefined)
      .map((sequence) => unreadableSequence(selection, source, sequence)),
  ])
}

/** Neither psql nor the server itself would create it over rows that violate it. */
function unwatchedKey({ name, child, parent }: LiveForeignKey): Finding {
  return noteFinding(
    displayName(child),
    `triggers of foreign key "${name}" to ${displayName(parent)} are disabled in the source: rows there may violate it, although it is valid`,
    `Correct such rows, and enable the triggers: ALTER TABLE ${relation(child)} ENABLE TRIGGER ALL, and the same for ${relation(parent)} and partitions. A run checks the key before COMMIT; a dump with such rows cannot be restored.`,
  )
}

function foreignTable(name: TableName): Finding {
  const note = noteFinding(displayName(name), 'is a foreign table and is not copied')
  return { ...note, code: 'foreign-table' }
}

/** A sequence that only the default of a table uses may be left out: the rows show how far it has advanced. */
function unreadableSequence(
  selection: Selection,
  { server }: LiveCatalog,
  { name, table }: SourceSequence,
): Finding {
  const isAskedFor = table !== undefined || isSelected(selection, { name })
  return (isAskedFor ? errorFinding : noteFinding)(
    displayName(name),
    'may not be read in the source',
    `GRANT SELECT ON SEQUENCE ${relation(name)} TO ${identifier(server.role)}`,
  )
}

/** What the role may not read. A foreign table is a separate reason. */
function unreadable(source: LiveCatalog): Finding[] {
  const own = source.tables
    .flatMap(({ name, partitions }) => partitions.map((partition) => ({ table: name, partition })))
    .filter(({ partition }) => partition.kind !== 'foreign')
  const toBringItOver = readingAsCustomer(source)
  return [
    ...lackingOnSchemas(
      source,
      own.filter(({ partition }) => !partition.canUseSchema),
      {
        message: 'is in a schema of the source that may not be used',
        hint: (on, role) => `GRANT USAGE ON SCHEMA ${on} TO ${role}`,
        toBringItOver,
      },
    ),
    ...lackingOnTables(
      source,
      own.filter(({ partition }) => !partition.canSelect),
      {
        message: 'may not be read in the source',
        hint: (on, role) => `GRANT SELECT ON ${on} TO ${role}`,
        toBringItOver,
      },
    ),
  ]
}

/** How a table that belongs to the host can be read. */
function readingAsCustomer({ server: { platform, role } }: LiveCatalog): string {
  const granted = 'the role must be allowed to read it, and to use its schema.'
  return platform?.reading === undefined ? granted : `${granted} ${platform.reading} ${identifier(role)}.`
}

function reading({ server }: LiveCatalog, table: LiveTable, partition: Partition): Finding[] {
  const { name, kind, isRowSecurityActive, isUnlogged } = partition
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
  if (isRowSecurityActive) {
    findings.push(
      errorFinding(
        shown,
        'has row-level security that would hide rows of the source',
        pastPolicies(partition, 'Read as the owner of the table or as a role with BYPASSRLS.'),
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

/** Partitions are copied with their table. A pattern that names only a partition would silently do nothing. */
function partitionsByName(selection: Selection, { relations, tables }: LiveCatalog): Finding[] {
  const rootOf = new TableMap(
    tables.flatMap((table) => table.partitions.map((partition) => [partition.name, table.name] as const)),
  )
  return relations
    .filter(({ kind }) => kind === 'partition')
    .flatMap((partition) => {
      const { name } = partition
      const root = rootOf.get(name)
      if (root === undefined) return isNamedAlone(selection, partition) ? [alone(name)] : []
      return isExcluded(selection, name) ? [excludedAlone(name, root)] : []
    })
}

/** Whether a pattern that is not about whole schemas names this partition. */
function isNamedAlone(selection: Selection, partition: SourceRelation): boolean {
  const patterns = selection.only.length > 0 ? selection.only : selection.include
  return (
    isSelected(selection, partition) &&
    patterns.some((pattern) => isSpecific(pattern) && matchesPattern(pattern, partition.name))
  )
}

function alone(name: TableName): Finding {
  return errorFinding(
    displayName(name),
    'is a partition and not a table of its own',
    'Name the partitioned table: its partitions are copied with it.',
  )
}

function excludedAlone(name: TableName, root: TableName): Finding {
  return errorFinding(
    displayName(name),
    `is a partition of ${displayName(root)}, and cannot be excluded alone`,
    'Exclude the partitioned table, or give it a `where`.',
  )
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
