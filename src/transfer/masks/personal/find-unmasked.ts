import { coded, type Finding } from '../../../core/finding.ts'
import { TableSet } from '../../../core/table-map.ts'
import { displayName, nameKey, type TableName } from '../../../core/table-name.ts'
import type { Session } from '../../../postgres/session.ts'
import { leaveUserPath } from '../../../postgres/user-path.ts'
import type { LiveCatalog } from '../../inspect/inspect-source.ts'
import type { Selection } from '../../inspect/inspection.ts'
import type { PlanGuard } from '../../source/plan-guard.ts'
import { errorFinding } from '../../validate/finding.ts'
import { readMaskFacts } from '../read-mask-facts.ts'
import { type FoundColumn, findPersonal, type PersonalColumn } from './find-personal.ts'
import { fitSuggestion } from './fit-suggestion.ts'
import { sampleValues } from './sample-values.ts'

/** The columns that look personal, and leave the source unmasked. */
export interface UnmaskedColumns {
  readonly findings: readonly PersonalColumn[]
  /** Those that the profile accepts, with its reason. */
  readonly accepted: readonly {
    readonly table: TableName
    readonly column: string
    readonly reason: string
  }[]
}

/** Finds the columns of a catalog that look personal, and that the profile neither masks nor accepts, as its strictness has it. */
export async function findUnmasked(
  session: Session,
  guard: PlanGuard,
  catalog: LiveCatalog,
  selection: Selection,
): Promise<UnmaskedColumns> {
  const { found, accepted } = await findBare(session, guard, catalog, selection)
  if (found.length === 0) return { findings: [], accepted }
  const personal = new TableSet(found.map(({ table }) => table))
  const oids = catalog.tables
    .filter(({ name }) => personal.has(name))
    .flatMap(({ partitions }) => partitions.map(({ oid }) => oid))
  await leaveUserPath(session)
  const facts = await readMaskFacts(session, oids)
  return {
    findings: found.map((column) => fitSuggestion(column, { selection, catalog, facts })),
    accepted,
  }
}

async function findBare(
  session: Session,
  guard: PlanGuard,
  catalog: LiveCatalog,
  { masks }: Selection,
): Promise<Pick<UnmaskedColumns, 'accepted'> & { readonly found: readonly FoundColumn[] }> {
  const accepted = (masks?.rules ?? []).flatMap(({ table, columns }) =>
    columns.flatMap(({ column, mask }) =>
      mask.kind === 'accept' ? [{ table, column, reason: mask.reason ?? '' }] : [],
    ),
  )
  const settled = new Set([
    ...accepted.map(({ table, column }) => `${nameKey(table)}\0${column}`),
    ...catalog.tables.flatMap(({ name, masked }) =>
      [...(masked ?? [])].map((column) => `${nameKey(name)}\0${column}`),
    ),
  ])
  const samples = await sampleValues(session, guard, catalog.tables, catalog.server.encoding)
  const found = findPersonal(catalog, samples, masks?.isStrict)
  return {
    found: found.filter(({ table, column }) => !settled.has(`${nameKey(table)}\0${column}`)),
    accepted,
  }
}

/** Refuses columns that look personal and are neither masked nor accepted, if the profile is strict. */
export async function expectMasked(
  session: Session,
  guard: PlanGuard,
  catalog: LiveCatalog,
  selection: Selection,
): Promise<Finding[]> {
  if (selection.masks?.isStrict !== true) return []
  const { found } = await findBare(session, guard, catalog, selection)
  await leaveUserPath(session)
  return coded(
    'privacy',
    found.map(({ table, column, kind, reasons }) =>
      errorFinding(
        displayName(table),
        `column "${column}" looks personal (${kind}: ${reasons.join('; ')}), and is neither masked nor accepted`,
        'Mask it, or accept it with a reason: `mbsync privacy` shows how. `privacy: strict` in the profile asks for that.',
      ),
    ),
  )
}
