import { isSameTable } from '../../core/table-name.ts'
import type { LiveCatalog, LiveTable } from '../inspect/inspect-source.ts'
import type { WantedMask } from './mask-groups.ts'
import type { MadeMask } from './mask-maker.ts'
import type { MaskFacts } from './read-mask-facts.ts'

/** What the masked values of a column could break. */
export interface Broken {
  /** With the column as its subject. For a note, this is the whole message. */
  readonly problem: string
  readonly hint: string
  /** Whether it is only a note. */
  readonly isNote?: boolean
}

/** A column with its mask, and the facts about both. */
interface MaskedColumn {
  readonly wanted: WantedMask
  readonly made: MadeMask
  readonly table: LiveTable
  readonly column: LiveTable['columns'][number]
  readonly catalog: LiveCatalog
  readonly facts: MaskFacts
}

/**
 * Finds what the masked values of a column could break: NOT NULL, partitions, unique indexes, checks, references to it by number, and all that where columns are
 * generated from it.
 */
export function findBroken(masked: MaskedColumn): Broken[] {
  const {
    wanted: { mask },
    table,
    column,
    facts,
  } = masked
  const found: Broken[] = []
  if (mask.kind === 'null' && column.isNotNull)
    found.push({
      problem: 'is NOT NULL, and `null` would break that',
      hint: 'Use another mask, such as `constant`.',
    })
  const oids = new Set(table.partitions.map(({ oid }) => oid))
  if (facts.partitionKeys.some(({ oid, columns }) => oids.has(oid) && columns.includes(column.name)))
    found.push({
      problem: 'is in the partition key, so masked rows could belong to another partition, or to none',
      hint: 'Mask other columns, or leave the table out.',
    })
  if (/(^|\.)(oid|lo)(\[\])?$/.test(column.baseType) && mask.kind !== 'null')
    found.push({
      problem: 'may refer to large objects',
      hint: 'Use `null`, or leave the large objects where they are.',
    })
  return [
    ...found,
    ...brokenIndexes(masked),
    ...brokenChecks(masked),
    ...usedBySequence(masked),
    ...table.columns.flatMap((each) => (isGeneratedFrom(each, column.name) ? brokenBy(masked, each) : [])),
  ]
}

/** Whether a column is generated from another. */
export function isGeneratedFrom(
  { generated, expression }: Pick<MaskedColumn['column'], 'generated' | 'expression'>,
  column: string,
): boolean {
  return generated !== 'no' && mentions(expression ?? '', column)
}

/** What is broken by a column that the target generates from the masked value. */
function brokenBy(masked: MaskedColumn, generated: MaskedColumn['column']): Broken[] {
  const {
    wanted: { mask },
    made,
    table,
    column,
    facts,
  } = masked
  const isPlain = isPlainOrCased(generated.expression ?? '', column.name)
  const derived: MaskedColumn = {
    ...masked,
    column: generated,
    // From NULL, an expression may make the same value in all rows.
    wanted: {
      ...masked.wanted,
      mask: isPlain || mask.kind !== 'null' ? mask : { ...mask, kind: 'constant' },
    },
    made: isPlain ? made : { sql: made.sql, purposes: made.purposes, isInjective: false },
  }
  const key = facts.foreignKeys.find(
    ({ childTable, parentTable, childColumns, parentColumns, name }) =>
      !mask.allow.includes(name) &&
      ((isSameTable(childTable, table.name) && childColumns.includes(generated.name)) ||
        (isSameTable(parentTable, table.name) && parentColumns.includes(generated.name))),
  )
  const found = [
    ...(mask.kind === 'null' && generated.isNotNull
      ? [
          {
            problem: 'is NOT NULL, and `null` could break that',
            hint: 'Use another mask, such as `constant`.',
          },
        ]
      : []),
    ...brokenIndexes(derived),
    ...brokenChecks(derived),
    ...(key === undefined
      ? []
      : [
          {
            problem: `is in foreign key "${key.name}", whose ends could get different values`,
            hint: `If they get the same values, say so: allow: ['${key.name}']. The run checks it.`,
          },
        ]),
  ]
  return found.map(({ problem, ...rest }) => ({
    ...rest,
    problem: `decides the generated column "${generated.name}", which ${problem}`,
  }))
}

function brokenIndexes({ wanted, made, table, column, catalog }: MaskedColumn): Broken[] {
  const [{ mask }, { isInjective }, { restrictions }] = [wanted, made, catalog]
  const own = (restrictions?.ofTables ?? []).filter(
    (each) => isSameTable(each.table, table.name) && !mask.allow.includes(each.name),
  )
  return own.flatMap(({ kind, name, elements, predicate, nullsConflict, definition }): Broken[] => {
    if (kind === 'exclusion')
      return mentions(definition, column.name) && mask.kind !== 'null'
        ? [mayBreak('exclusion constraint', name)]
        : []
    if (kind !== 'unique') return []
    if (predicate !== null && mentions(predicate, column.name)) {
      return [
        {
          problem: `decides which rows are in the unique index "${name}", and masked rows with equal values could be in it`,
          hint: `Mask other columns. If no such rows have equal values, say so: allow: ['${name}'].`,
        },
      ]
    }
    const ofColumn = elements.filter((element) => mentions(element, column.name))
    if (ofColumn.length === 0 || (mask.kind === 'null' && !nullsConflict)) return []
    if (!isInjective) return [mayBreak('unique index', name, mask.kind === 'sql' ? sqlHint(name) : undefined)]
    if (mask.where !== undefined && column.baseType !== 'uuid' && !/char|text/.test(column.baseType))
      return [
        mayBreak(
          'unique index',
          name,
          'Remove the `where` of the mask: a masked number could equal that of a row that keeps its own.',
        ),
      ]
    return ofColumn.every((element) => isPlainOrCased(element, column.name))
      ? []
      : [mayBreak('unique index', name, sqlHint(name))]
  })
}

function mayBreak(kind: string, name: string, hint?: string): Broken {
  return {
    problem: `is in the ${kind} "${name}", and the masked values of two rows could be equal`,
    hint:
      hint ??
      'Use `hash`, `email`, `url` or `iban`, which keep different values different in columns that are wide enough.',
  }
}

function sqlHint(name: string): string {
  return `Use \`hash\` or \`email\`. If the masked values are unique anyway, say so: allow: ['${name}'].`
}

/** Whether SQL of the catalog contains the name of a column, and not only as a part of a longer name. */
export function mentions(sql: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('"', '""')
  return new RegExp(`(^|[^\\p{L}\\p{N}_$])${escaped}([^\\p{L}\\p{N}_$]|$)`, 'u').test(sql)
}

/** Texts of ready-made masks differ in more than their case. */
function isPlainOrCased(element: string, name: string): boolean {
  const inner = element.replace(/^(lower|upper)\((.*)\)$/, '$2')
  return (
    inner
      .replaceAll(/[()]|::(text|character varying|bpchar)/g, '')
      .replaceAll(/^"|"$/g, '')
      .replaceAll('""', '"') === name
  )
}

function brokenChecks({ wanted: { mask }, made, table, column, facts: { checks } }: MaskedColumn): Broken[] {
  const oids = new Set(table.partitions.map(({ oid }) => oid))
  const ofColumn = checks.filter(({ oid, columns, name, definition }) => {
    return (
      oids.has(oid) &&
      columns.includes(column.name) &&
      !mask.allow.includes(name) &&
      !isMet(definition, mask.kind, made)
    )
  })
  const names = new Set(ofColumn.map(({ name }) => name))
  return [...names].map((name) => ({
    problem: `has the check constraint "${name}", which the masked values might not meet`,
    hint: `If they do, say so: allow: ['${name}']. A run whose values do not meet it fails, and changes nothing.`,
  }))
}

const LENGTH_CHECK =
  /^CHECK \(+(?:char_length|character_length|length)\(+[^()]+\)*(?:::text\)*)? <=? (\d+)\)+(?: NOT VALID)?$/

/** Whether the values certainly meet a check, such as one of their length. */
function isMet(definition: string, kind: string, { mostCharacters }: MadeMask): boolean {
  const [, most] = LENGTH_CHECK.exec(definition) ?? []
  if (most === undefined) return false
  return kind === 'text' || kind === 'null' || (mostCharacters !== undefined && mostCharacters < Number(most))
}

/** The sequence continues from its position, but the rows have other numbers. */
function usedBySequence({ wanted, made, table, column, catalog }: MaskedColumn): Broken[] {
  const [{ mask }, { isInjective }, { sequences }] = [wanted, made, catalog]
  const isUsed = sequences.some(({ columns }) =>
    columns.some((use) => use.column === column.name && isSameTable(use.table, table.name)),
  )
  if (!isUsed || !isInjective || mask.kind !== 'hash') return []
  return [
    {
      problem: `column "${column.name}" is masked, and a sequence numbers it: a later number may equal that of a masked row`,
      hint: 'Leave numbers of a sequence as they are, because they do not identify a person. Mask the columns that do.',
      isNote: true,
    },
  ]
}
