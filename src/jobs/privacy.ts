import type { Profile } from '../config/config.ts'
import { describeMaskOptions } from '../core/describe-mask.ts'
import { MASKED_BY_KEY } from '../core/mask.ts'
import { isSameTable } from '../core/table-name.ts'
import { writeWhole } from '../files/write-whole.ts'
import type { JobContext } from '../progress/job-context.ts'
import { withSource } from '../run/databases.ts'
import { refuseFindings } from '../run/refuse-findings.ts'
import { type SelectionOptions, selectionOf } from '../run/selection-of.ts'
import type { LiveTable } from '../transfer/inspect/inspect-source.ts'
import { fingerprintOfKey } from '../transfer/masks/mask-keys.ts'
import { findUnmasked, type UnmaskedColumns } from '../transfer/masks/personal/find-unmasked.ts'
import { withLiveSource } from '../transfer/source/live-source.ts'

/** A column with a mask. */
interface MaskedColumn {
  readonly table: string
  readonly column: string
  /** The name of the mask, or `sql`. */
  readonly mask: string
  /** Its options, or its SQL, as mbsync.yaml has them; undefined without any. */
  readonly options?: string
}

/** How the personal columns of a profile's source stand. */
export interface PrivacyReport extends UnmaskedColumns {
  readonly profile: string
  readonly source: string
  /** Whether runs are refused as long as there are findings. */
  readonly isStrict: boolean
  /** Of `MBSYNC_MASK_KEY`; undefined if it is not set. */
  readonly keyFingerprint?: string
  readonly readAt: Date
  readonly tables: number
  readonly columns: number
  readonly masked: readonly MaskedColumn[]
  /** What was written into the configuration file; undefined if nothing was. */
  readonly written?: number
  /** The file that the report was written to, if it was. */
  readonly path?: string
}

/** Looks for personal columns among those that the profile brings over. Of rows, only counts leave the source. Changes nothing. */
export async function findPrivate(
  profile: Profile,
  options: SelectionOptions,
  context: JobContext,
): Promise<PrivacyReport> {
  // What a strict profile refuses is what is reported here: columns are judged as it does, but the source is opened as for any other.
  const strict = selectionOf(profile, options)
  const selection = selectionOf({ ...profile, privacy: 'report' }, options)
  context.report({ type: 'phase', phase: 'validate' })
  return withSource(profile, context, (source) =>
    withLiveSource(source, selection, 1, async (opened) => {
      refuseFindings(opened.findings.filter(({ code }) => code === 'selection' || code === 'mask'))
      const { tables } = opened.catalog
      const found = await opened.withSession((session) =>
        findUnmasked(session, opened.guard, opened.catalog, strict),
      )
      return {
        profile: profile.name,
        source: profile.from.name,
        isStrict: profile.privacy === 'strict',
        ...(profile.maskKey === undefined ? {} : { keyFingerprint: fingerprintOfKey(profile.maskKey) }),
        readAt: new Date(),
        tables: tables.length,
        columns: tables.reduce((total, table) => total + table.columns.length, 0),
        masked: tables.flatMap((table) => maskedColumns(table, profile)),
        ...found,
      }
    }),
  )
}

/** Writes what `render` makes of a report to a file, which only its owner may read. */
export async function writePrivacyPage(
  report: PrivacyReport,
  path: string,
  render: (report: PrivacyReport) => string,
): Promise<PrivacyReport> {
  await writeWhole(path, [render(report)])
  return { ...report, path }
}

function maskedColumns({ name, masked = new Set() }: LiveTable, profile: Profile): MaskedColumn[] {
  const rule = profile.mask?.find(({ table }) => isSameTable(table, name))
  return [...masked].map((column) => {
    const mask = rule?.columns.find((each) => each.column === column)?.mask
    const options = mask === undefined ? undefined : describeMaskOptions(mask)
    return {
      table: `${name.schema}.${name.name}`,
      column,
      mask: mask?.kind ?? MASKED_BY_KEY,
      ...(options === undefined ? {} : { options }),
    }
  })
}
