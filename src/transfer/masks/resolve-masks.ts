import { coded, type Finding } from '../../core/finding.ts'
import type { MaskRule } from '../../core/mask.ts'
import { nearestName } from '../../core/nearest-name.ts'
import { groupByTable, type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { displayName, isSameTable } from '../../core/table-name.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { LiveCatalog, LiveTable } from '../inspect/inspect-source.ts'
import type { Selection } from '../inspect/inspection.ts'
import { errorFinding, noteFinding } from '../validate/finding.ts'
import { type ColumnType, columnType } from './column-type.ts'
import { findBroken } from './find-broken.ts'
import { type ColumnRef, keyOf, spreadMasks, type WantedMask } from './mask-groups.ts'
import { findKeyProblem, type MaskPurpose, settingsFor } from './mask-keys.ts'
import type { MadeMask, Misfit } from './mask-maker.ts'
import type { MaskFacts } from './read-mask-facts.ts'
import { makeMask } from './ready-made.ts'
import type { TableMasks } from './table-masks.ts'

/** The resolved masks of a selection. */
export interface ResolvedMasks {
  readonly tables: ReadonlyTableMap<TableMasks>
  readonly wanted: readonly WantedMask[]
  readonly findings: readonly Finding[]
}

/** Turns the masks of a selection into SQL, and finds what prevents them. */
export function resolveMasks(
  { masks = { rules: [], key: undefined }, only }: Selection,
  catalog: LiveCatalog,
  facts: MaskFacts,
): ResolvedMasks {
  const known = new TableMap(catalog.tables.map((table) => [table.name, table]))
  const { wanted, problems } = spreadMasks(masks.rules, catalog.tables, facts.foreignKeys, only.length > 0)
  const findings = problems.map(({ table, column, problem, hint }) =>
    refused({ table, column }, `it ${problem}`, hint),
  )
  findings.push(...findBareHeirs(masks.rules, wanted, catalog, facts))
  findings.push(
    ...noteTied(
      masks.rules,
      wanted.filter(({ table }) => known.has(table)),
    ),
  )
  const resolved = new TableMap<{ expressions: Map<string, string>; purposes: Set<MaskPurpose> }>()
  for (const each of wanted) {
    const table = known.get(each.table)
    const column = table?.columns.find(({ name }) => name === each.column)
    if (table === undefined || column === undefined) {
      const isLeftOut =
        only.length > 0 &&
        catalog.relations.some(
          ({ name, kind }) =>
            ['table', 'partitioned', 'foreign'].includes(kind) && isSameTable(name, each.table),
        )
      findings.push(...unknown(each, table, isLeftOut))
      continue
    }
    if (column.generated !== 'no') {
      const hint =
        'Mask the columns that it is computed from: the target computes it from their masked values.'
      findings.push(refused(each, 'it is a generated column', hint))
      continue
    }
    const made = make(each, table, column, catalog, known)
    if ('problem' in made) {
      findings.push(
        refused(each, made.problem, 'Choose another mask: docs/PRIVACY.md lists them with their types.'),
      )
      continue
    }
    const broken = findBroken({ wanted: each, made, table, column, catalog, facts })
    findings.push(
      ...broken.map(({ problem, hint, isNote }) =>
        isNote ? noteFinding(displayName(each.table), problem, hint) : refused(each, `it ${problem}`, hint),
      ),
    )
    const own = resolved.get(table.name) ?? { expressions: new Map(), purposes: new Set() }
    own.expressions.set(each.column, complete(each, made, table, column.baseType))
    for (const purpose of made.purposes) own.purposes.add(purpose)
    resolved.set(table.name, own)
  }
  const needsKey = [...resolved.values()].some(({ purposes }) => purposes.size > 0)
  const keyProblem = needsKey ? findKeyProblem(masks.key) : undefined
  if (keyProblem !== undefined)
    findings.push(
      errorFinding(
        catalog.server.name,
        `${keyProblem}, and masks of the profile depend on it`,
        'Set it in the environment or in .env to a secret, and keep that: openssl rand -hex 32. Another key gives other values.',
      ),
    )
  const key = keyProblem === undefined ? masks.key : undefined
  return {
    wanted,
    findings: coded('mask', findings),
    tables: new TableMap(
      [...resolved].map(([name, { expressions, purposes }]) => [
        name,
        {
          expressions,
          settings: new Map(
            key === undefined ? [] : [...purposes].flatMap((purpose) => [...settingsFor(key, purpose)]),
          ),
        },
      ]),
    ),
  }
}

/** A table that inherits has rows of its own, which the mask of its parent does not cover. */
function findBareHeirs(
  rules: readonly MaskRule[],
  wanted: readonly WantedMask[],
  { tables }: LiveCatalog,
  { parents }: MaskFacts,
): Finding[] {
  const settled = new Set([
    ...wanted.map(keyOf),
    ...rules.flatMap(({ table, columns }) => columns.map(({ column }) => keyOf({ table, column }))),
  ])
  return tables.flatMap(({ name, partitions, columns }) => {
    const own = parents.filter(({ oid }) => partitions.some((partition) => partition.oid === oid))
    return columns.flatMap((column) => {
      if (column.generated !== 'no' || settled.has(keyOf({ table: name, column: column.name }))) return []
      const masked = wanted.find(
        (each) => each.column === column.name && own.some(({ parent }) => isSameTable(parent, each.table)),
      )
      if (masked === undefined) return []
      return [
        errorFinding(
          displayName(name),
          `column "${column.name}" is not masked: the table inherits from ${displayName(masked.table)}, whose column "${column.name}" is`,
          "Mask it like the parent's column, or accept it with a reason: `accept` in `mask` of the profile.",
        ),
      ]
    })
  })
}

function make(
  { mask, group }: WantedMask,
  table: LiveTable,
  column: LiveTable['columns'][number],
  { server }: LiveCatalog,
  known: ReadonlyTableMap<LiveTable>,
): MadeMask | Misfit {
  if (mask.kind === 'sql' || mask.kind === 'accept')
    return { sql: mask.expression ?? 'NULL', purposes: [], isInjective: false }
  const row = {
    alias: identifier(table.name.name),
    columns: table.columns,
    keyColumns: table.keyColumns,
    encoding: server.encoding,
  }
  const common = commonType(columnType(column.baseType), group, known)
  return 'problem' in common ? common : makeMask(mask, mask.kind, column, row, common)
}

/** A type that can hold the masked values of all columns of a group. */
function commonType(
  type: ColumnType,
  group: readonly ColumnRef[],
  known: ReadonlyTableMap<LiveTable>,
): ColumnType | Misfit {
  const types = group.flatMap(({ table, column }) => {
    const found = known.get(table)?.columns.find(({ name }) => name === column)
    return found === undefined ? [] : [columnType(found.baseType)]
  })
  const isAlike = types.every(
    ({ family, name }) =>
      family === type.family && (name === type.name || (name !== 'smallint' && type.name !== 'smallint')),
  )
  if (!isAlike)
    return {
      problem: 'it is tied by a foreign key to a column of another type, which would be masked differently',
    }
  const limits = types.flatMap(({ limit }) => limit ?? [])
  return {
    ...type,
    limit: limits.length === 0 ? type.limit : Math.min(...limits),
    ignoresCase: type.ignoresCase || types.some(({ ignoresCase }) => ignoresCase),
  }
}

/** NULL stays NULL. A row keeps its value if the condition of the mask is false. If the condition is NULL, the value is masked. */
function complete(
  { mask, column }: WantedMask,
  { sql }: MadeMask,
  { name }: LiveTable,
  baseType: string,
): string {
  const value = `${identifier(name.name)}.${identifier(column)}`
  const typed = `CAST((${sql}\n) AS ${baseType})`
  const masked =
    mask.kind === 'sql' || mask.kind === 'null'
      ? typed
      : `CASE WHEN ${value} IS NULL THEN NULL ELSE ${typed} END`
  return mask.where === undefined
    ? masked
    : `CASE WHEN ((${mask.where}\n)) IS NOT FALSE THEN ${masked} ELSE ${value} END`
}

function refused({ table, column }: ColumnRef, problem: string, hint: string): Finding {
  return errorFinding(displayName(table), `column "${column}" cannot be masked: ${problem}`, hint)
}

function unknown({ table, column }: WantedMask, found: LiveTable | undefined, isLeftOut: boolean): Finding[] {
  if (found === undefined)
    return isLeftOut
      ? []
      : [
          errorFinding(
            displayName(table),
            'has masks in the profile but is not among the tables of the run',
            'Correct the name, or remove it from `mask`.',
          ),
        ]
  if (found.leftOut.includes(column)) return []
  const near = nearestName(
    column,
    found.columns.map(({ name }) => name),
  )
  return [
    errorFinding(
      displayName(table),
      `column "${column}", which has a mask, is not in the source`,
      `Write it as PostgreSQL spells it; case counts.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    ),
  ]
}

/** Names the columns that are masked only as long as a foreign key ties them to one with a mask. An export cannot know that the key was dropped since the last. */
function noteTied(rules: readonly MaskRule[], wanted: readonly WantedMask[]): Finding[] {
  const named = new Set(
    rules.flatMap(({ table, columns }) => columns.map(({ column }) => keyOf({ table, column }))),
  )
  const tied = wanted.filter((each) => !named.has(keyOf(each)))
  return [...groupByTable(tied, ({ table }) => table)]
    .map(([table, columns]) => [table, columns.sort((a, b) => (a.column < b.column ? -1 : 1))] as const)
    .map(([table, columns]) => {
      const masks = columns.map(({ column, mask }) => `"${column}": ${mask.kind}`)
      return noteFinding(
        displayName(table),
        `is masked only through foreign keys in ${columns.map(({ column }) => `"${column}"`).join(', ')}`,
        `Name these columns in \`mask\`, too, so that they stay masked without the key: ${masks.join(', ')}.`,
      )
    })
}
