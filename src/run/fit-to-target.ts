import { countOf } from '../core/count-of.ts'
import type { Finding } from '../core/finding.ts'
import { type ReadonlyTableMap, TableMap, TableSet } from '../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../core/table-name.ts'
import {
  type SkippedTable,
  selectWithout,
  sourceWithout,
  type TablesAbout,
  type Tie,
  tablesAbout,
  tiesOf,
  unfitTables,
} from '../transfer/inspect/drift.ts'
import { inspectTarget } from '../transfer/inspect/inspect-target.ts'
import type { Inspection, Selection, SourceCatalog, TargetCatalog } from '../transfer/inspect/inspection.ts'
import { pairCatalogs } from '../transfer/inspect/pair-catalogs.ts'
import { isTable } from '../transfer/inspect/select-relations.ts'
import { compareFindings, validate } from '../transfer/validate/validate.ts'
import type { ValidateOptions } from '../transfer/validate/validate-options.ts'
import { countOrphans, type OrphanSearch } from './count-orphans.ts'

/** Both sides, the findings of validation, and the tables that a run skips. */
export interface Fitted {
  readonly inspection: Inspection
  /** Errors first. */
  readonly findings: readonly Finding[]
  /** By name. */
  readonly skipped: readonly SkippedTable[]
}

/** The source, the target, and how they are compared. */
export interface Fitting extends Omit<OrphanSearch, 'inspection'> {
  readonly selection: Selection
  readonly catalog: TargetCatalog
  /** The catalog that the target is assumed to have. */
  readonly asFollowed?: (catalog: TargetCatalog) => TargetCatalog
  /** The name of the target in messages. */
  readonly targetName: string
  readonly options: ValidateOptions
  /** Whether tables that do not fit are skipped, instead of refusing the run. */
  readonly skipsDrift: boolean
}

/**
 * Validates the source against the target. If drift is skipped, tables that do not fit are left out as if they were excluded, together with
 * tables that must not change without them. An error that is not only about tables remains an error, and so does drift that leaves no table
 * to copy.
 */
export async function fitToTarget(fitting: Fitting): Promise<Fitted> {
  const { source, session, selection, catalog, targetName, skipsDrift } = fitting
  const { asFollowed = (found) => found } = fitting
  const whole = judge(fitting, pairCatalogs(selection, source.catalog, catalog, targetName))
  if (!skipsDrift) return whole
  const about = tablesAbout(whole.inspection)
  const ties = tiesOf(catalog)
  const skipped = new TableMap<SkippedTable>()
  for (let now = whole; ; ) {
    const unfit = unfitTables(about, now.findings)
    if (unfit === undefined) return whole
    if (unfit.length === 0) return { ...now, skipped: inOrder(skipped, source.catalog) }
    const known = skipped.size
    for (const each of unfit) {
      if (skipped.has(each.table)) skipAround(skipped, each)
      else skipped.set(each.table, each)
    }
    await skipTied({ ...fitting, inspection: whole.inspection }, ties, skipped)
    if (skipped.size === known) return whole
    const names = [...skipped.values()].map(({ table }) => table)
    const narrowed = selectWithout(selection, names)
    const rest = pairCatalogs(
      narrowed,
      sourceWithout(source.catalog, names),
      asFollowed(await inspectTarget(session, narrowed)),
      targetName,
    )
    if (rest.pairs.length === 0) return whole
    now = judge(fitting, rest, isAbout(about, skipped))
  }

  /** A skipped table also prevents copying the tables that are tied to it. */
  function skipAround(all: TableMap<SkippedTable>, { table, reason }: SkippedTable): void {
    for (const { child, parent } of ties) {
      const [other] = [child, parent].filter((end) => !isSameTable(end, table))
      const isTied = [child, parent].some((end) => isSameTable(end, table))
      if (!isTied || other === undefined || all.has(other)) continue
      all.set(other, {
        table: other,
        reason: `a foreign key ties it to ${displayName(table)}, which is left as it is and ${reason}`,
      })
    }
  }
}

function judge(
  { source, options }: Pick<Fitting, 'source' | 'options'>,
  inspection: Inspection,
  isLeftOut: (finding: Finding) => boolean = () => false,
): Fitted {
  // An empty target gets the whole schema first. The tables that a run would leave alone matter only afterwards.
  const isEmpty = !inspection.target.relations.some(isTable)
  const ofSource = source.findings.filter(
    (finding) => !isLeftOut(finding) && !(isEmpty && finding.code === 'left-alone'),
  )
  const findings = [...ofSource, ...validate(inspection, options)].sort(compareFindings)
  return { inspection, findings, skipped: [] }
}

function isAbout(about: TablesAbout, skipped: ReadonlyTableMap<SkippedTable>): (finding: Finding) => boolean {
  const isSkipped = (table: TableName) => skipped.has(table)
  return (finding) => {
    const tables = about(finding)
    return tables.length > 0 && tables.every(isSkipped)
  }
}

/** No run changes tables that only the target has. */
function inOrder(
  skipped: ReadonlyTableMap<SkippedTable>,
  { tables, sequences }: Pick<SourceCatalog, 'tables' | 'sequences'>,
): SkippedTable[] {
  const ofSource = new TableSet([...tables, ...sequences].map(({ name }) => name))
  const own = [...skipped.values()].filter(({ table }) => ofSource.has(table))
  return own.sort((a, b) => (displayName(a.table) < displayName(b.table) ? -1 : 1))
}

/**
 * Adds tables that must be skipped together with the skipped ones, so that no foreign key is violated. A table that refers to a skipped one
 * is added, because its new rows may need new rows there. A table that a skipped one refers to is added if the source has deleted rows that
 * are still referred to.
 */
async function skipTied(
  search: OrphanSearch,
  ties: readonly Tie[],
  skipped: TableMap<SkippedTable>,
): Promise<void> {
  const reasons = new Map<number, string | undefined>()
  for (let known = -1; known < skipped.size; ) {
    known = skipped.size
    for (const tie of ties) {
      const { child, parent } = tie
      if (skipped.has(parent) && !skipped.has(child)) {
        const reason = `refers to ${displayName(parent)}, which is left as it is ${byKey(tie)}`
        skipped.set(child, { table: child, reason })
      }
      if (!skipped.has(child) || skipped.has(parent)) continue
      if (!reasons.has(tie.key.oid)) reasons.set(tie.key.oid, await whyWithChild(search, tie))
      const reason = reasons.get(tie.key.oid)
      if (reason !== undefined) skipped.set(parent, { table: parent, reason })
    }
  }
}

/** Why a table may not be copied while a table that refers to it is skipped; undefined if it may. */
async function whyWithChild(search: OrphanSearch, tie: Tie): Promise<string | undefined> {
  const orphans = await countOrphans(search, tie.key, { child: 'target', parent: 'source' })
  if (orphans === 0) return undefined
  const child = `${displayName(tie.child)}, which is left as it is,`
  return orphans === undefined
    ? `has rows that ${child} may refer to and that may be deleted ${byKey(tie)}`
    : `lacks rows in the source that ${countOf(orphans, 'row')} of ${child} ${orphans === 1 ? 'refers' : 'refer'} to ${byKey(tie)}`
}

function byKey({ key }: Tie): string {
  return `(foreign key "${key.name}")`
}
