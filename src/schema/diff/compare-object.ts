import type { SchemaObject } from '../schema-object.ts'
import { knownStatements } from '../write-script.ts'
import { isAttachedAlike } from './attached-indexes.ts'
import { review, safe, versus } from './changes.ts'
import { comparable } from './comparable.ts'
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
import { compareSequence } from './compare-sequence.ts'
import { compareTable } from './compare-table.ts'
import { compareUserType } from './compare-user-type.ts'
import { compareView } from './compare-view.ts'
import type { Change } from './difference.ts'
import { grantsOf, placeOfGrants } from './grants-of-sequences.ts'
import { onNewSequence } from './on-new-sequence.ts'
import { isRenamed, rename } from './renamed-indexes.ts'
import type { Pair, Sides } from './sides.ts'

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
