import type { Profile } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import { parseTablePattern, type TablePattern } from '../core/table-pattern.ts'
import { listRelations } from '../postgres/catalog/list-relations.ts'
import { readMembers } from '../postgres/catalog/read-members.ts'
import type { Session } from '../postgres/session.ts'
import type { LockedRelation } from '../postgres/snapshot.ts'
import { checkConditions } from '../transfer/check-conditions.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { inspect } from '../transfer/inspect.ts'
import type { Inspection, Selection } from '../transfer/inspection.ts'
import { usableKey } from '../transfer/merge/merge-table.ts'
import { type Part, planParts } from '../transfer/plan-parts.ts'
import { selectedTableOids } from '../transfer/select-relations.ts'
import { validate } from '../transfer/validate.ts'
import type { DatabaseFacts, PlannedTable, SyncOptions, SyncPlan } from './sync.ts'

/** A plan together with what it was made from. */
export interface PlannedSync {
  readonly plan: SyncPlan
  readonly inspection: Inspection
  readonly parts: readonly Part[]
}

/** Inspects both sides, validates, and plans the parts. Changes nothing. `source` holds the snapshot. */
export async function makePlan(
  source: Session,
  target: Session,
  profile: Profile,
  options: SyncOptions,
): Promise<PlannedSync> {
  const inspection = await inspect(source, target, selectionOf(profile, options))
  const findings = [
    ...(await checkConditions(source, inspection.pairs.filter(isReadable))),
    ...validate(inspection, { allowBlocking: options.allowBlocking }),
  ].sort(errorsFirst)
  const parts = planParts(inspection.pairs, profile.jobs, source.serverVersion)
  return { inspection, parts, plan: describe(profile, inspection, parts, findings) }
}

/** The tables and rows that a profile and the command line name together. */
export function selectionOf(profile: Profile, options: SyncOptions): Selection {
  return {
    include: profile.include,
    exclude: profile.exclude,
    where: profile.where,
    only: options.tables.map(toPattern),
  }
}

function toPattern(text: string): TablePattern {
  const pattern = parseTablePattern(text) ?? parseTablePattern(`public.${text}`)
  if (pattern !== undefined) return pattern
  throw new UsageError(`--table ${text} is not a table name or pattern`, {
    hint: 'Write schema.table, with * and ? as wildcards; quote a half that contains a dot: public."odd.name".',
  })
}

/** Lists the source's relations that hold the selected rows and that the role may lock. */
export async function lockedRelations(session: Session, selection: Selection): Promise<LockedRelation[]> {
  const members = await readMembers(session, selectedTableOids(selection, await listRelations(session)))
  return members.filter((member) => member.canSelect && member.kind !== 'foreign')
}

function isReadable({ source }: Inspection['pairs'][number]): boolean {
  return source.members.every((member) => member.canSelect && !member.isRowSecurityActive)
}

function errorsFirst(a: Finding, b: Finding): number {
  return Number(a.severity === 'note') - Number(b.severity === 'note')
}

function describe(
  profile: Profile,
  inspection: Inspection,
  parts: readonly Part[],
  findings: readonly Finding[],
): SyncPlan {
  const { source, target, pairs, sequences } = inspection
  return {
    profile: profile.name,
    source: factsOf(profile.from.name, source),
    target: factsOf(profile.to.name, target),
    mergeMode: target.mode,
    findings,
    tables: pairs
      .map((pair) => describeTable(pair, parts))
      .sort((a, b) => b.estimatedBytes - a.estimatedBytes),
    sequences: sequences.length,
  }
}

function factsOf(name: string, { server }: Inspection['source']): DatabaseFacts {
  return { name, database: server.database, serverVersion: server.version }
}

function describeTable(pair: Inspection['pairs'][number], parts: readonly Part[]): PlannedTable {
  const own = parts.filter((part) => part.pair === pair)
  const isKeyed = usableKey(pair.target, copiedColumns(pair)) !== undefined
  return {
    table: pair.source.name,
    // Incremental reading and the direct load of empty tables take their place here.
    read: { kind: 'full', reason: 'every row is read and compared' },
    write: { kind: 'merge', by: isKeyed ? 'key' : 'multiset' },
    parts: own.length,
    estimatedRows: own.reduce((total, part) => total + part.estimatedRows, 0),
    estimatedBytes: own.reduce((total, part) => total + part.estimatedBytes, 0),
  }
}
