import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { DatabaseError, type ViolatedRule } from '../../postgres/explain-error.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { adviseOnFilteredParent } from '../validate/advise-on-filtered-parent.ts'
import { adviseOnForeignKey, outsideEnd } from '../validate/foreign-key-advice.ts'
import { cureRead, describeRead } from '../validate/function-reads.ts'
import { adviseMissingPartitions, missingBounds } from '../validate/partitions.ts'
import { columnsLeftOutOf, describe, nameColumns, targetRestrictions } from '../validate/restrictions.ts'
import { ViolationError } from './check-constraints.ts'
import { unprovenForeignKeys } from './unproven-foreign-keys.ts'

/**
 * Explains the error of a merge if a rule of the target has refused a row: names the rule, and says whether the source has it. Other errors
 * are returned unchanged.
 */
export function explainViolation(error: unknown, inspection: Inspection): unknown {
  if (error instanceof ViolationError) return explainForeignKey(error, inspection)
  if (!(error instanceof DatabaseError)) return error
  if (error.withoutPartition !== undefined) return explainRouting(error, error.withoutPartition, inspection)
  const { violated, sqlState } = error
  if (violated === undefined || sqlState === undefined) return error
  const { constraint, relation } = violated
  const explained =
    explainOutside(error, violated, inspection) ?? explainBesideStaying(error, violated, inspection)
  if (explained !== undefined) return explained
  const rule = findReadingRule(inspection, violated) ?? findRule(inspection, violated)
  const known = rule === undefined ? 'the source has the same constraint' : rule.lack
  const definition = rule?.definition === undefined ? '' : ` ${rule.definition}`
  return new DatabaseError(
    `${relation === undefined ? inspection.targetName : displayName(relation)}: a row of the source violates "${constraint}"${definition} of the target; ${known}`,
    {
      ...factsOf(error),
      hint:
        rule !== undefined
          ? (rule.cure ??
            'Nothing has changed. Give the source the same constraint and correct its rows, or drop it in the target; `mbsync check` lists all such constraints.')
          : 'Nothing has changed. Compare the constraint and what it depends on, such as functions, on both sides; then run again.',
    },
  )
}

function factsOf(cause: DatabaseError): ConstructorParameters<typeof DatabaseError>[1] {
  const { sqlState, isConnectionLost } = cause
  return { cause, sqlState, isConnectionLost }
}

/** The same, with advice about the table outside the run. */
function explainForeignKey(error: ViolationError, inspection: Inspection): ViolationError {
  const { foreignKey: key, tables, message } = error
  const outside = key === undefined ? undefined : outsideEnd(key, isInside(inspection))
  if (key === undefined || outside === undefined) return error
  return new ViolationError(message, { tables, hint: adviseOnForeignKey(key, outside, inspection) })
}

function isInside({ pairs }: Inspection): (oid: number) => boolean {
  const inside = new Set(pairs.flatMap(({ target }) => target.partitions.map(({ oid }) => oid)))
  return (oid) => inside.has(oid)
}

/** The bounds belong to the schema, and contain no row value. */
function explainRouting(error: DatabaseError, routed: TableName, { pairs, targetName }: Inspection): unknown {
  const pair = pairs.find(({ target }) => target.partitions.some(({ name }) => isSameTable(name, routed)))
  if (pair === undefined) return error
  const { target } = pair
  const isRoot = isSameTable(routed, target.name)
  const missing = isRoot ? missingBounds(pair) : []
  const lacks = missing.length === 0 ? '' : `; only the source has ${missing.join('; ')}`
  const by = isRoot ? ` (PARTITION BY ${target.partitioning?.key})` : ''
  return new DatabaseError(
    `${displayName(routed)}: a row of the source fits no partition of it in the target${by}${lacks}`,
    {
      ...factsOf(error),
      hint: `Nothing has changed. ${adviseMissingPartitions(relation(routed), targetName)}. Or copy only rows that have a partition, with a \`where\`.`,
    },
  )
}

/** A foreign key with one end outside the run: names that table. */
function explainOutside(
  cause: DatabaseError,
  violated: ViolatedRule,
  inspection: Inspection,
): DatabaseError | undefined {
  const key = findForeignKey(inspection, violated)
  if (key === undefined) return undefined
  const outside = outsideEnd(key, isInside(inspection))
  if (outside === undefined) return undefined
  return new DatabaseError(
    `${displayName(key.child)}: rows would refer to rows that ${displayName(key.parent)} does not have (foreign key "${key.name}")`,
    { ...factsOf(cause), hint: adviseOnForeignKey(key, outside, inspection) },
  )
}

const UNIQUE_OR_EXCLUSION = new Set(['23505', '23P01'])

/** Rows that stay, in a table whose source has the same index: each side is valid by itself. */
function explainBesideStaying(
  cause: DatabaseError,
  { constraint, relation }: ViolatedRule,
  inspection: Inspection,
): DatabaseError | undefined {
  if (relation === undefined || !UNIQUE_OR_EXCLUSION.has(cause.sqlState ?? '')) return undefined
  const pair = inspection.pairs.find(({ target }) =>
    [target, ...target.partitions].some(({ name }) => isSameTable(name, relation)),
  )
  const { ofTables } = targetRestrictions(inspection)
  if (pair?.stays === undefined || ofTables.some(({ name }) => name === constraint)) return undefined
  return new DatabaseError(
    `${displayName(relation)}: rows that the target keeps and rows of the source have the same values in "${constraint}"`,
    {
      ...factsOf(cause),
      hint: 'Nothing has changed. Change or delete these rows in the target, or leave out those of the source with a `where`.',
    },
  )
}

function findForeignKey(
  inspection: Inspection,
  { constraint, relation }: ViolatedRule,
): ForeignKey | undefined {
  if (relation === undefined) return undefined
  return unprovenForeignKeys(inspection).find(
    ({ name, child }) => name === constraint && isSameTable(child, relation),
  )
}

interface Rule {
  readonly definition: string | undefined
  readonly lack: string
  /** What to do, if the constraint need not change. */
  readonly cure?: string
}

function findRule(inspection: Inspection, violated: ViolatedRule): Rule | undefined {
  const { constraint, relation } = violated
  const { ofTables, ofDomains } = targetRestrictions(inspection)
  const isMeant = (name: TableName) => relation !== undefined && isSameTable(name, relation)
  const own = ofTables.find((each) => each.name === constraint && [each.table, each.relation].some(isMeant))
  if (own !== undefined) {
    const leftOut = columnsLeftOutOf(own, inspection)
    const lack = leftOut.length === 0 ? LACKS : `the run leaves out ${nameColumns(leftOut)} of it`
    return { definition: describe(own), lack, ...(leftOut.length > 0 && { cure: OVER_LEFT_OUT }) }
  }
  const check = ofDomains.find(
    ({ name, type }) => name === constraint && (relation === undefined || isOfType(type, relation)),
  )
  if (check !== undefined) return { definition: `${check.definition} of type ${check.type}`, lack: LACKS }
  const key = findForeignKey(inspection, violated)
  if (key !== undefined) return { definition: key.definition, ...whyUnassured(key, inspection) }
  return inspection.source.restrictions === undefined
    ? { definition: undefined, lack: 'the dump does not say whether its source had it' }
    : undefined
}

/** A check of which a function reads tables, whether or not the source has it, too. */
function findReadingRule(inspection: Inspection, { constraint, relation }: ViolatedRule): Rule | undefined {
  const { target, pairs } = inspection
  const own = pairs.find(({ target: { partitions } }) =>
    partitions.some(({ name }) => relation !== undefined && isSameTable(name, relation)),
  )
  const oids = new Set(own?.target.partitions.map(({ oid }) => oid))
  const domain = target.restrictions.ofDomains.find(
    ({ name, type }) => name === constraint && relation !== undefined && isOfType(type, relation),
  )
  const read = target.functionReads.find(({ writtenOid, part, function: name }) =>
    part.startsWith('type ')
      ? domain?.definition.includes(name.replace(/\(.*$/s, '(').replace(/^.*\./s, '')) === true
      : oids.has(writtenOid) && part === `constraint "${constraint}"`,
  )
  if (read === undefined) return undefined
  const isUnvalidated = target.unvalidated.some(
    ({ name, relationOid }) => name === constraint && oids.has(relationOid),
  )
  const blocking = isUnvalidated ? ' Or let the run drop it meanwhile: --allow-blocking.' : ''
  return {
    definition: undefined,
    lack: describeRead(read),
    cure: `Nothing has changed. ${cureRead(read, inspection)}${blocking}`,
  }
}

const LACKS = 'the source has no such constraint'
const OVER_LEFT_OUT = 'Nothing has changed. Copy the column, too, or drop the constraint in the target.'

/** Rows whose parents a `where` leaves out are valid in the source. */
function whyUnassured(key: ForeignKey, { pairs }: Inspection): Pick<Rule, 'lack' | 'cure'> {
  const { child, parent } = key
  const isEnd = (name: TableName) => [child, parent].some((end) => isSameTable(end, name))
  if (pairs.some(({ target, stays }) => stays !== undefined && isEnd(target.name))) {
    return {
      lack: 'rows that the target keeps would refer to rows that it no longer has, or rows of the source to rows that were left out',
      cure: `Nothing has changed. Keep the rows of ${displayName(parent)} that they refer to, too (\`keep\`), or delete the rows of ${displayName(child)} in the target.`,
    }
  }
  const isFiltered = pairs.some(
    ({ source: { name, where } }) => where !== undefined && isSameTable(name, parent),
  )
  if (!isFiltered) return { lack: 'the source does not guarantee it' }
  const own = pairs.find(({ target }) => isSameTable(target.name, child))
  return {
    lack: `the \`where\` of ${displayName(parent)} leaves out rows that it refers to`,
    cure: `Nothing has changed. ${adviseOnFilteredParent(key, own?.source ?? { columns: [], where: undefined })} For an import: --where.`,
  }
}

function isOfType(type: string, { schema, name }: TableName): boolean {
  return type.replaceAll('"', '') === `${schema}.${name}`.replaceAll('"', '')
}
