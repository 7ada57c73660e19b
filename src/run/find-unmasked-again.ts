import type { RunRules } from '../config/config.ts'
import { IMPORT_PROFILE, ONE_OFF_PROFILE } from '../config/read/built-in.ts'
import { coded, type Finding } from '../core/finding.ts'
import { TableMap } from '../core/table-map.ts'
import { displayName, isSameTable } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { findMaskedPlaces, type MaskedTable } from '../state/masked-tables.ts'
import type { Selection, SourceCatalog, SourceTable } from '../transfer/inspect/inspection.ts'
import { errorFinding } from '../transfer/validate/finding.ts'

/**
 * Finds columns that the last run brought masked, and that would come raw now, such as one that a foreign key has tied to a masked column until the key was
 * dropped in the source. One that no run has brought under its name may have been renamed, or be of a partition that was detached: it is known by where it is
 * stored.
 * @param last what the last run of each table brought masked
 */
export async function findUnmaskedAgain(
  session: Session,
  { tables, placesOf }: Pick<SourceCatalog, 'tables' | 'placesOf'>,
  { masks }: Pick<Selection, 'masks'>,
  { name }: Pick<RunRules, 'name'>,
  last: readonly MaskedTable[],
): Promise<Finding[]> {
  if (last.length === 0) return []
  const known = new TableMap(last.map(({ table, columns }) => [table, new Set(columns)]))
  const raw = tables.map((table) => ({ table, columns: rawColumns(table, masks) }))
  const unknown = raw.flatMap(({ table, columns }) =>
    known.get(table.name)?.size === 0
      ? []
      : columns.flatMap((column) => placesOf?.(table.name, column) ?? []),
  )
  const maskedPlaces = await findMaskedPlaces(session, unknown)
  const findings = raw.flatMap(({ table, columns }) => {
    const before = columns.filter((column) => known.get(table.name)?.has(column))
    const elsewhere = columns.filter(
      (column) =>
        !before.includes(column) && placesOf?.(table.name, column).some((place) => maskedPlaces.has(place)),
    )
    return [
      ...refuseRaw(table, before, 'was masked in the last run and is not masked now'),
      ...refuseRaw(
        table,
        elsewhere,
        'was masked in an earlier run, under another name or in another table, and is not masked now',
      ),
    ]
  })
  // A run without a profile has no masks, and was asked for so.
  const isMeant = name === ONE_OFF_PROFILE || name === IMPORT_PROFILE
  return coded(
    'mask',
    isMeant ? findings.map((finding): Finding => ({ ...finding, severity: 'note' })) : findings,
  )
}

/** The columns that have no rule, and are neither masked nor computed from others. A rule that cannot be followed is refused for itself. */
export function rawColumns({ name, columns, masked }: SourceTable, masks: Selection['masks']): string[] {
  const rule = masks?.rules.find(({ table }) => isSameTable(table, name))
  const settled = new Set([...(masked ?? []), ...(rule?.columns ?? []).map(({ column }) => column)])
  return columns.flatMap((column) =>
    column.generated !== 'no' || settled.has(column.name) ? [] : [column.name],
  )
}

/** Refuses columns of a table that would come raw; `message` says when they did not. */
export function refuseRaw(
  { name }: Pick<SourceTable, 'name'>,
  columns: readonly string[],
  message: string,
): Finding[] {
  if (columns.length === 0) return []
  const which = columns.map((column) => `"${column}"`).join(', ')
  return [
    errorFinding(
      displayName(name),
      `${message}: ${which}`,
      'Name the column in `mask` of the profile: what masked it, such as a foreign key to a masked column, is no longer there. To bring it unmasked, accept it with a reason.',
    ),
  ]
}
