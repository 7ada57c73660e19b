import { parseGrant } from '../parse-grant.ts'
import { quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { ViewDetails } from '../table-details.ts'
import { knownStatements } from '../write-script.ts'
import { isAttachedAlike } from './attached-indexes.ts'
import { review, safe, versus } from './changes.ts'
import { comparable } from './comparable.ts'
import { keyOfAddition } from './compare-columns.ts'
import {
  compareConstraint,
  compareIndexed,
  compareOpaque,
  compareTrigger,
  recreation,
} from './compare-definition.ts'
import { compareDescriptions, compareOwners } from './compare-descriptions.ts'
import { compareFunction } from './compare-function.ts'
import { compareGrants } from './compare-grants.ts'
import { keyOfIdentity } from './compare-identity.ts'
import { compareSequence } from './compare-sequence.ts'
import { compareTable } from './compare-table.ts'
import { compareUserType } from './compare-user-type.ts'
import { allStatements, type Change } from './difference.ts'
import { dropStatement } from './drop-statement.ts'
import { isRenamed, rename } from './renamed-indexes.ts'
import type { Pair, Side, Sides } from './sides.ts'

/** What a comparison covers in addition to definitions. */
export interface DiffOptions {
  readonly owner: 'connecting role' | 'source'
  readonly grants: 'none' | 'source'
}

/** What differs in an object that both databases have. */
export function compareObject(pair: Pair, sides: Sides, { owner, grants }: DiffOptions): Change[] {
  return [
    ...compareDefinition(pair, sides, owner),
    ...(owner === 'source' ? compareOwners(pair) : []),
    ...compareDescriptions(isRenamed(pair) ? withNameOfSource(pair) : pair),
    ...(grants === 'source' ? comparePrivileges(pair, sides) : []),
  ]
}

/** A feature that one of the servers lacks is no difference. */
function comparePrivileges(pair: Pair, sides: Sides): Change[] {
  const version = Math.min(sides.source.serverVersion, sides.target.serverVersion)
  const [to, from] = grantsOf(pair, sides).map((grants) => knownStatements(grants, version))
  const facts = placeOfGrants(pair.source, sides)
  return compareGrants(to ?? [], from ?? []).map((change) => onNewSequence({ ...change, ...facts }, pair))
}

function withNameOfSource({ source, target }: Pair): Pair {
  const describe = target.describe.map((sql) => sql.replace(target.identity, () => source.identity))
  return { source, target: { ...target, describe } }
}

/** Found when the domain itself is compared. */
function isOfDomain({ kind, of }: SchemaObject): boolean {
  return of === undefined && (kind === 'constraint' || kind === 'default')
}

/** The name of a kind of objects in counts. */
export function topicOf({ kind, constraint, create }: SchemaObject): string {
  if (kind === 'constraint') return constraint === undefined ? 'domain check' : CONSTRAINTS[constraint.kind]
  if (kind === 'index') return create[0]?.startsWith('CREATE UNIQUE') ? 'unique index' : kind
  return kind
}

const CONSTRAINTS = {
  check: 'check',
  'not null': 'NOT NULL',
  'primary key': 'primary key',
  unique: 'unique constraint',
  exclusion: 'exclusion constraint',
  'foreign key': 'foreign key',
} as const

function compareDefinition(pair: Pair, sides: Sides, owner: DiffOptions['owner']): Change[] {
  const { source, target } = pair
  if (source.table !== undefined) return compareTable(pair, sides)
  if (source.sequence !== undefined) return compareSequence(pair, sides, owner)
  if (source.extension !== undefined) return compareExtension(pair, sides)
  // A check that is created separately from its domain is not in the domain's text.
  if (source.type?.kind === 'domain') return compareUserType(pair, sides)
  if (isOfDomain(source)) return []
  if (isRenamed(pair)) return rename(pair, topicOf(source))
  if (source.kind === 'index partition' && isAttachedAlike(pair, sides)) return []
  const { serverVersion: to } = sides.source
  const { serverVersion: from } = sides.target
  if (comparable(source, to, from) === comparable(target, from, to)) return []
  return compareTexts(pair, sides)
}

function compareTexts(pair: Pair, sides: Sides): Change[] {
  const { source } = pair
  switch (source.kind) {
    case 'type':
    case 'domain':
      return compareUserType(pair, sides)
    case 'view':
    case 'materialized view':
      return compareView(pair)
    case 'function':
      return compareFunction(pair, sides)
    case 'index':
      return compareIndexed(pair, topicOf(source))
    case 'constraint':
      return compareConstraint(pair, topicOf(source))
    case 'trigger':
      return compareTrigger(pair)
    case 'policy':
    case 'rule':
    case 'statistics':
      return [recreation(source.kind, 'is defined differently', pair)]
    case 'default':
      return [safe('default', 'differs', { within: source.create })]
    case 'schema':
    // Their tables have more details.
    case 'partition':
    case 'row security':
      return []
    default:
      return compareOpaque(pair)
  }
}

/** Servers of different major versions have different versions of extensions. */
function compareExtension({ source, target }: Pair, sides: Sides): Change[] {
  const major = ({ serverVersion }: Sides['source']) => Math.floor(serverVersion / 10_000)
  const { extension: to } = source
  const { extension: from } = target
  if (to?.version === from?.version || major(sides.source) !== major(sides.target)) return []
  const what = `version ${versus(from?.version, to?.version)}`
  const reason = 'the server of the target may not have that version'
  return [
    review('extension', what, reason, [
      `ALTER ${source.identity} UPDATE TO '${(to?.version ?? '').replaceAll("'", "''")}'`,
    ]),
  ]
}

/** A privilege on the sequence of an identity column that the target does not have yet is granted once it has, and not without it. */
function onNewSequence(change: Change, { source, target }: Pair): Change {
  const text = allStatements(change.statements).join('\n')
  const column = source.table?.columns.find(({ identity }) => {
    const name = identity?.sequence?.name
    return name !== undefined && text.includes(` ON SEQUENCE ${quoteQualified(name)} `)
  })
  if (column === undefined) return change
  const other = target.table?.columns.find(({ name }) => name === column.name)
  if (other?.identity !== undefined) return change
  if (other === undefined) return { ...change, follows: keyOfAddition(column.name) }
  const { within = [] } = change.statements
  return { ...change, statements: { after: within }, follows: keyOfIdentity(column.name) }
}

/**
 * Replaces a view whose columns stay the same or are extended. Any other view must be dropped and created again, together with the views
 * over it.
 */
function compareView(pair: Pair): Change[] {
  const { source, target } = pair
  const what = 'is defined differently'
  if (source.kind === 'materialized view') {
    const refresh = source.isPopulated === true ? [`REFRESH ${source.identity}`] : []
    const statements = [dropStatement(target) ?? '', ...source.create, ...refresh]
    return [
      review(
        'materialized view',
        what,
        'its rows must be computed again, and its indexes created again',
        statements,
      ),
    ]
  }
  if (!onlyGrows(source.view, target.view))
    return [recreation('view', 'is defined differently, with other columns', pair)]
  const [statement = '', ...rest] = source.create
  return [
    safe('view', what, { within: [statement.replace(/^CREATE VIEW/, 'CREATE OR REPLACE VIEW'), ...rest] }),
  ]
}

function onlyGrows(source: ViewDetails | undefined, target: ViewDetails | undefined): boolean {
  if (source === undefined || target === undefined) return false
  return target.columns.every((column, index) => {
    const other = source.columns[index]
    return column.name === other?.name && column.type === other.type && column.collation === other.collation
  })
}

/**
 * The privileges on an object of both sides. A sequence that belongs to a column has its own with those of the table, where it is created. They are compared
 * with the sequence, because it may belong to a column of one side only.
 */
function grantsOf({ source, target }: Pair, sides: Sides): [readonly string[], readonly string[]] {
  return [grantsIn(source, sides.source, sides), grantsIn(target, sides.target, sides)]
}

/** A sequence changes its owner together with its table. */
function placeOfGrants({ sequence }: SchemaObject, { source }: Sides): Pick<Change, 'place'> {
  const table = sequence?.ownedBy === undefined ? undefined : source.relations.get(sequence.ownedBy.table)
  return table === undefined ? {} : { place: (source.places.get(table.id) ?? 0) + AFTER_OWNERSHIP }
}

const AFTER_OWNERSHIP = 0.6

function grantsIn(
  { sequence, identity, table, grants }: SchemaObject,
  side: Side,
  sides: Sides,
): readonly string[] {
  if (table !== undefined) return grants.filter((grant) => !isOfBoth(subjectOf(grant), sides))
  const of = sequence?.ownedBy === undefined ? undefined : side.relations.get(sequence.ownedBy.table)
  return of === undefined
    ? grants
    : [...grants, ...of.grants.filter((grant) => subjectOf(grant) === identity)]
}

function isOfBoth(subject: string | undefined, { source, target }: Sides): boolean {
  return (
    subject?.startsWith('SEQUENCE ') === true &&
    source.byIdentity.has(subject) &&
    target.byIdentity.has(subject)
  )
}

function subjectOf(grant: string): string | undefined {
  return parseGrant(grant)[0]?.on
}
