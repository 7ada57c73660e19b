import type { Mask, MaskRule } from '../../core/mask.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { displayName, nameKey, type TableName } from '../../core/table-name.ts'
import type { LiveTable } from '../inspect/inspect-source.ts'
import { columnType } from './column-type.ts'
import type { MaskedKey } from './read-mask-facts.ts'

/** A column of a table by name. */
export interface ColumnRef {
  readonly table: TableName
  readonly column: string
}

/** A masked column: its own rule masks it, or a foreign key requires it. */
export interface WantedMask extends ColumnRef {
  readonly mask: Mask
  /** The columns that must be masked alike, including itself. */
  readonly group: readonly ColumnRef[]
}

/** Why a group of columns cannot have these masks. */
export interface GroupProblem extends ColumnRef {
  readonly problem: string
  readonly hint: string
}

/** The facts that a mask depends on beside the value. They must be the same on both ends of a foreign key. */
const OF_VALUE_ALONE = new Set<Mask['kind']>(['hash', 'email', 'url', 'iban'])

/** Extends the masks of the profile to the columns that foreign keys tie together. */
export function spreadMasks(
  rules: readonly MaskRule[],
  tables: readonly LiveTable[],
  foreignKeys: readonly MaskedKey[],
  isNarrowed: boolean,
): { readonly wanted: readonly WantedMask[]; readonly problems: readonly GroupProblem[] } {
  const own = new Map(
    rules.flatMap(({ table, columns }) =>
      columns.flatMap(({ column, mask }) =>
        mask.kind === 'accept' ? [] : [[keyOf({ table, column }), { table, column, mask }] as const],
      ),
    ),
  )
  const links = linksOf(foreignKeys)
  const parents = new Set(
    foreignKeys.flatMap((key) =>
      key.parentColumns.map((column) => keyOf({ table: key.parentTable, column })),
    ),
  )
  const known = new TableMap(tables.map((table) => [table.name, table]))
  const wanted = new Map<string, WantedMask>()
  const problems: GroupProblem[] = []
  for (const [key, rule] of own) {
    const isAlone = rule.mask.kind === 'null' && !parents.has(key)
    const halfNull = isAlone ? findHalfNull(rule, foreignKeys, own) : undefined
    if (halfNull !== undefined) {
      problems.push({ ...rule, ...halfNull })
      continue
    }
    const isBrought = ({ table, column }: ColumnRef) => known.get(table)?.leftOut.includes(column) !== true
    const group = isAlone ? [rule] : groupOf(rule, links).filter(isBrought)
    const isOutside = isNarrowed && group.every(({ table }) => !known.has(table))
    const problem =
      group.length > 1 && !isOutside
        ? (findProblem(rule, group, own, known, isNarrowed) ?? findUnlike(group, foreignKeys, known))
        : undefined
    if (problem !== undefined) problems.push({ ...rule, ...problem })
    else for (const column of group) wanted.set(keyOf(column), { ...column, mask: rule.mask, group })
  }
  return { wanted: [...wanted.values()], problems }
}

/** A text that is equal for two columns exactly if these facts are equal. */
export function keyOf({ table, column }: ColumnRef): string {
  return `${nameKey(table)}\0${column}`
}

function linksOf(foreignKeys: readonly MaskedKey[]): Map<string, ColumnRef[]> {
  const links = new Map<string, ColumnRef[]>()
  const add = (from: ColumnRef, to: ColumnRef) =>
    links.set(keyOf(from), [...(links.get(keyOf(from)) ?? []), to])
  for (const { childTable, parentTable, childColumns, parentColumns } of foreignKeys)
    for (const [index, column] of childColumns.entries()) {
      const parent = { table: parentTable, column: parentColumns[index] ?? '' }
      add({ table: childTable, column }, parent)
      add(parent, { table: childTable, column })
    }
  return links
}

function groupOf(start: ColumnRef, links: ReadonlyMap<string, readonly ColumnRef[]>): ColumnRef[] {
  const found = new Map([[keyOf(start), { table: start.table, column: start.column }]])
  for (const column of found.values())
    for (const { table, column: other } of links.get(keyOf(column)) ?? []) {
      const next = { table, column: other }
      if (!found.has(keyOf(next))) found.set(keyOf(next), next)
    }
  return [...found.values()]
}

function findProblem(
  { mask, ...self }: ColumnRef & { readonly mask: Mask },
  group: readonly ColumnRef[],
  own: ReadonlyMap<string, { readonly mask: Mask }>,
  known: ReadonlyTableMap<LiveTable>,
  isNarrowed: boolean,
): Pick<GroupProblem, 'problem' | 'hint'> | undefined {
  const others = group.filter((column) => keyOf(column) !== keyOf(self))
  // The length of a masked text depends on both columns, which are not known for a table outside the run.
  const hasSameLength = group.every((column) => !isText(column, known))
  const isApart = ({ table }: ColumnRef) => !known.has(table)
  if (isNarrowed && !hasSameLength && isApart(self))
    return {
      problem: `is not among the columns of the run, and a foreign key ties ${displayAll(others)} to it`,
      hint: `Include ${displayName(self.table)}, so that both ends are masked alike, or leave the other tables out.`,
    }
  const outside = isNarrowed && hasSameLength ? undefined : others.find(isApart)
  if (outside !== undefined)
    return {
      problem: `is tied by a foreign key to ${display(outside)}, which is not among the columns of the run`,
      hint: `Include ${displayName(outside.table)}, so that both ends are masked alike, or remove the mask.`,
    }
  if (!OF_VALUE_ALONE.has(mask.kind) || mask.where !== undefined)
    return {
      problem: `is tied by a foreign key to ${displayAll(others)}, and this mask would not give both the same value`,
      hint: 'Use `hash` or `email` without `where`, which mask both ends alike.',
    }
  const different = others.find((column) => {
    const rule = own.get(keyOf(column))
    return rule !== undefined && JSON.stringify(rule.mask) !== JSON.stringify(mask)
  })
  if (different === undefined) return undefined
  return {
    problem: `is tied by a foreign key to ${display(different)}, which has another mask`,
    hint: 'Give the mask to one of them only: mbsync applies it to the other.',
  }
}

/** MATCH FULL requires that all columns of a key are NULL, or none. */
function findHalfNull(
  { mask, ...self }: ColumnRef & { readonly mask: Mask },
  foreignKeys: readonly MaskedKey[],
  own: ReadonlyMap<string, { readonly mask: Mask }>,
): Pick<GroupProblem, 'problem' | 'hint'> | undefined {
  const key = foreignKeys.find(
    ({ childTable: table, childColumns, isMatchFull }) =>
      isMatchFull &&
      childColumns.some((column) => keyOf({ table, column }) === keyOf(self)) &&
      childColumns.some((column) => {
        const other = own.get(keyOf({ table, column }))?.mask
        return other?.kind !== 'null' || other.where !== mask.where
      }),
  )
  return key === undefined
    ? undefined
    : {
        problem: `is in foreign key "${key.name}", which is MATCH FULL: either all of its columns are NULL, or none`,
        hint: `Give \`null\` to all of its columns: ${key.childColumns.join(', ')}.`,
      }
}

/** Masks give the same value for the same text. If a foreign key treats different texts as equal, its ends would get different values. */
function findUnlike(
  group: readonly ColumnRef[],
  foreignKeys: readonly MaskedKey[],
  known: ReadonlyTableMap<LiveTable>,
): Pick<GroupProblem, 'problem' | 'hint'> | undefined {
  const members = new Set(group.map(keyOf))
  for (const { name, childTable, parentTable, childColumns, parentColumns, areLoose } of foreignKeys)
    for (const [index, column] of childColumns.entries()) {
      const child = { table: childTable, column }
      const parent = { table: parentTable, column: parentColumns[index] ?? '' }
      if (!members.has(keyOf(child))) continue
      const [own, other] = [textKind(child, known), textKind(parent, known)]
      if (areLoose[index] !== true && own === other) continue
      return {
        problem: `is in foreign key "${name}", which takes texts for equal that are not the same: ${display(child)} and ${display(parent)} could get different values`,
        hint: 'Remove the mask and name the column under `accept` with a reason, or let both columns have the same type and a deterministic collation in the source.',
      }
    }
  return undefined
}

/** How texts of a column are compared: without trailing blanks, without regard to case, or exactly. */
function textKind({ table, column }: ColumnRef, known: ReadonlyTableMap<LiveTable>): string | undefined {
  const found = known.get(table)?.columns.find(({ name }) => name === column)
  if (found === undefined) return undefined
  const { family, name, ignoresCase } = columnType(found.baseType)
  if (family !== 'text') return undefined
  return ignoresCase ? 'citext' : name === 'character' || name === 'bpchar' ? 'character' : 'text'
}

function isText({ table, column }: ColumnRef, known: ReadonlyTableMap<LiveTable>): boolean {
  const found = known.get(table)?.columns.find(({ name }) => name === column)
  return found !== undefined && columnType(found.baseType).family === 'text'
}

function display({ table, column }: ColumnRef): string {
  return `"${column}" of ${displayName(table)}`
}

function displayAll(columns: readonly ColumnRef[]): string {
  return columns.slice(0, 3).map(display).join(', ') + (columns.length > 3 ? ', …' : '')
}
