import { countOf } from '../core/count-of.ts'
import type { Finding } from '../core/finding.ts'
import { displayName } from '../core/table-name.ts'
import type { ForeignKey } from '../postgres/catalog/read-foreign-keys.ts'
import { columnList, identifier, relation } from '../postgres/identifiers.ts'
import { withUserPath } from '../postgres/user-path.ts'
import type { Inspection, TablePair } from '../transfer/inspect/inspection.ts'
import { namedAsItself, type StayRule, staysSql } from '../transfer/inspect/stay-rule.ts'
import { childrenOf, orphanCondition, parentsOf } from '../transfer/merge/orphans.ts'
import { sameKeySql } from '../transfer/merge/row-sql.ts'
import { unprovenForeignKeys } from '../transfer/merge/unproven-foreign-keys.ts'
import { adviseOnFilteredParent } from '../transfer/validate/advise-on-filtered-parent.ts'
import { errorFinding } from '../transfer/validate/finding.ts'
import { adviseOnForeignKey } from '../transfer/validate/foreign-key-advice.ts'
import {
  areReadable,
  columnsFrom,
  copyColumns,
  countOrphans,
  inProbe,
  type OrphanSearch,
  PARENTS,
} from './count-orphans.ts'

/** Finds rows that would refer to rows that a run does not copy, or removes: the run would fail because of them before it commits. */
export async function checkOrphans(search: OrphanSearch): Promise<Finding[]> {
  const { inspection } = search
  const pairs = new Map(inspection.pairs.map((pair) => [pair.target.oid, pair]))
  const findings: Finding[] = []
  for (const key of unprovenForeignKeys(inspection)) {
    const [child, parent] = [pairs.get(key.childOid), pairs.get(key.parentOid)]
    // Rows from before a NOT VALID key was added may violate it.
    if (!key.isValid || (child === undefined && parent === undefined)) continue
    if (child?.stays !== undefined || parent?.stays !== undefined) {
      const staying = parent && (await countStayingOrphans(search, key, { child, parent }))
      if (staying) findings.push({ ...describeStaying(inspection, key, staying, child), code: 'orphan' })
      continue
    }
    const orphans = await countOrphans(search, key, {
      child: child === undefined ? 'target' : 'source',
      parent: parent === undefined ? 'target' : 'source',
    })
    if (orphans !== undefined && orphans > 0)
      findings.push({ ...describe(inspection, key, orphans, { child, parent }), code: 'orphan' })
  }
  return findings
}

/** No run may make such a key act on rows of another table. */
function actionNote({ onDelete }: ForeignKey): string {
  if (onDelete === 'no action' || onDelete === 'restrict') return ''
  return ` Its ON DELETE ${onDelete.toUpperCase()} does not act in a run.`
}

/** A row that must stay would lose its parent: a row of a table outside the run, or one that the profile keeps. */
function describeStaying(
  inspection: Inspection,
  key: ForeignKey,
  orphans: number,
  child: TablePair | undefined,
): Finding {
  if (child === undefined) return describe(inspection, key, orphans, { child, parent: undefined })
  const parent = displayName(key.parent)
  return errorFinding(
    displayName(key.child),
    `has ${countOf(orphans, 'row')} that the run must keep and that would refer to rows of ${parent} that the source no longer has (foreign key "${key.name}")`,
    `Keep those rows of ${parent}, too (\`keep\` or \`deletes: keep\`), or delete the rows of ${displayName(key.child)} in the target, or let them refer to others.`,
  )
}

function describe(
  inspection: Inspection,
  key: ForeignKey,
  orphans: number,
  { child, parent }: Readonly<Record<'child' | 'parent', TablePair | undefined>>,
): Finding {
  const [subject, other] = [displayName(key.child), displayName(key.parent)]
  const by = `(foreign key "${key.name}")`
  const rows = countOf(orphans, 'row')
  if (child === undefined) {
    const advice = `${adviseOnForeignKey(key, 'child', inspection)}${actionNote(key)}`
    return errorFinding(
      subject,
      `is not among the tables of the run, and has ${rows} that would refer to rows of ${other} that the run deletes ${by}`,
      advice,
    )
  }
  if (parent === undefined) {
    return errorFinding(
      subject,
      `has ${rows} in the source that would refer to rows of ${other} that the target does not have, and that table is not among those of the run ${by}`,
      adviseOnForeignKey(key, 'parent', inspection),
    )
  }
  if (parent.source.where === undefined) {
    return errorFinding(
      subject,
      `has ${rows} in the source whose reference to ${other} leads to no row there, which only the target forbids ${by}`,
      isMaskedAtOneEnd(key, child, parent)
        ? 'Only one end of it is masked, so the values differ: give both columns the same mask in the profile.'
        : 'Correct the rows in the source, or drop the foreign key in the target.',
    )
  }
  return errorFinding(
    subject,
    `has ${rows} that would refer to rows of ${other} that its \`where\` leaves out ${by}`,
    adviseOnFilteredParent(key, child.source),
  )
}

/** The source does not have the key that would mask both ends. */
function isMaskedAtOneEnd(
  { childColumns, parentColumns }: ForeignKey,
  child: TablePair,
  parent: TablePair,
): boolean {
  return childColumns.some(
    (column, index) =>
      (child.source.masked?.has(column) === true) !==
      (parent.source.masked?.has(parentColumns[index] ?? '') === true),
  )
}

const KEYS = { schema: 'pg_temp', name: 'mbsync_keys' }

/**
 * Counts the rows that a run leaves in the target, and whose parent it would remove: rows of a table outside the run, and rows that stay by
 * a rule of the profile. A parent that comes from the source, or stays, is there for them.
 * @returns undefined if the number cannot be known beforehand
 */
async function countStayingOrphans(
  search: OrphanSearch,
  key: ForeignKey,
  { child, parent }: { readonly child: TablePair | undefined; readonly parent: TablePair },
): Promise<number | undefined> {
  // Rows from the source find their parents there, or rows that stay instead of these.
  if (child !== undefined && child.stays === undefined) return undefined
  if (parent.stays?.isWhole || parent.stays?.withoutSource) return undefined
  if (parent.stays?.except !== undefined || child?.stays?.except !== undefined) return undefined
  const parents = columnsFrom(search, key.parentOid, key.parentColumns)
  const childKey = child?.stays?.withoutSource ? child.target.key : undefined
  const keys =
    childKey &&
    columnsFrom(
      search,
      key.childOid,
      childKey.columns.map(({ name }) => name),
    )
  const lacksKeys = child?.stays?.withoutSource === true && keys === undefined
  if (parents === undefined || lacksKeys || !(await areReadable(search, [key.childOid, key.parentOid])))
    return undefined
  const { session } = search
  return inProbe(search, async () => {
    const place = await copyColumns(search, parents, PARENTS)
    if (keys !== undefined) await copyColumns(search, keys, KEYS)
    return withUserPath(session, 'reading', async () => {
      if (parent.stays?.condition !== undefined) {
        const kept = namedAsItself(parentsOf(key), key.parent)
        await session.execute(
          `INSERT INTO ${place} SELECT ${columnList(key.parentColumns)} FROM ${kept} WHERE ${staysSql(parent.stays.condition)}`,
        )
      }
      const known = childKey && isKnownSql(childKey, key)
      const rows = namedAsItself(childrenOf(key), key.child)
      const staying = `SELECT * FROM ${rows} WHERE ${child?.stays === undefined ? 'true' : stayingSql(child.stays, known)}`
      const { n } = await session.queryOne<{ n: number }>(
        `SELECT pg_catalog.count(*)::float8 AS n FROM (${staying}) AS child WHERE ${orphanCondition(key, place)}`,
      )
      return n
    })
  })
}

function isKnownSql(childKey: NonNullable<TablePair['target']['key']>, { child }: ForeignKey): string {
  return `EXISTS (SELECT FROM ${relation(KEYS)} AS mbsync_key WHERE ${sameKeySql(childKey, identifier(child.name), 'mbsync_key')})`
}

function stayingSql({ condition, withoutSource }: StayRule, isKnown: string | undefined): string {
  const rules = [
    ...(condition === undefined ? [] : [staysSql(condition)]),
    ...(withoutSource && isKnown !== undefined ? [`NOT ${isKnown}`] : []),
  ]
  return rules.map((rule) => `(${rule})`).join(' OR ')
}
