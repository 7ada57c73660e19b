import type { Profile } from '../config/config.ts'
import { isSameTable } from '../core/table-name.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withSource } from '../run/databases.ts'
import { refuseFindings } from '../run/refuse-findings.ts'
import { type SelectionOptions, selectionOf } from '../run/selection-of.ts'
import { findUnmasked, type UnmaskedColumns } from '../transfer/masks/personal/find-unmasked.ts'
import { withLiveSource } from '../transfer/source/live-source.ts'

/** How the personal columns of a profile's source stand. */
export interface PrivacyReport extends UnmaskedColumns {
  readonly profile: string
  readonly source: string
  readonly tables: number
  readonly columns: number
  /** Columns with a mask, by the name of the mask or `sql`. */
  readonly masked: readonly { readonly table: string; readonly column: string; readonly mask: string }[]
  /** What was written into the configuration file; undefined if nothing was. */
  readonly written?: number
}

/** Looks for personal columns among those that the profile brings over. Of rows, only counts leave the source. Changes nothing. */
export async function findPrivate(
  profile: Profile,
  options: SelectionOptions,
  context: JobContext,
): Promise<PrivacyReport> {
  const selection = selectionOf({ ...profile, privacy: 'report' }, options)
  context.report({ type: 'phase', phase: 'validate' })
  return withSource(profile, context, (source) =>
    withLiveSource(source, selection, 1, async (opened) => {
      refuseFindings(opened.findings.filter(({ code }) => code === 'selection' || code === 'mask'))
      const { tables } = opened.catalog
      const found = await opened.withSession((session) =>
        findUnmasked(session, opened.guard, opened.catalog, selection),
      )
      return {
        profile: profile.name,
        source: profile.from.name,
        tables: tables.length,
        columns: tables.reduce((total, table) => total + table.columns.length, 0),
        masked: tables.flatMap(({ name, masked }) => {
          const rule = profile.mask?.find(({ table }) => isSameTable(table, name))
          return [...(masked ?? [])].map((column) => ({
            table: `${name.schema}.${name.name}`,
            column,
            mask:
              rule?.columns.find((each) => each.column === column)?.mask.kind ?? 'as a foreign key demands',
          }))
        }),
        ...found,
      }
    }),
  )
}
