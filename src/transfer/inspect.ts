import { displayName, nameKey, type TableName } from '../core/table-name.ts'
import { type ListedRelation, listRelations, OWN_SCHEMAS } from '../postgres/catalog/list-relations.ts'
import {
  readDeferrableConstraints,
  readUnvalidatedConstraints,
} from '../postgres/catalog/read-constraints.ts'
import { type ForeignKey, readForeignKeys } from '../postgres/catalog/read-foreign-keys.ts'
import { readMembers } from '../postgres/catalog/read-members.ts'
import { readSequences, readSequenceValues, type Sequence } from '../postgres/catalog/read-sequences.ts'
import { readServerFacts } from '../postgres/catalog/read-server.ts'
import { readTables } from '../postgres/catalog/read-tables.ts'
import { readRules, readTriggers } from '../postgres/catalog/read-triggers.ts'
import { readTypes } from '../postgres/catalog/read-types.ts'
import type { Table } from '../postgres/catalog/table.ts'
import type { Session } from '../postgres/session.ts'
import { findViolated } from './find-violated.ts'
import type {
  Inspection,
  Selection,
  SequencePair,
  SideCatalog,
  TablePair,
  TargetCatalog,
} from './inspection.ts'
import { probeMergeMode } from './probe-merge-mode.ts'
import { isSelected, selectedTableOids } from './select-relations.ts'

/**
 * Reads both catalogs, reduced to the selection. Judges nothing and changes nothing.
 * `source` is the session that holds the snapshot.
 */
export async function inspect(source: Session, target: Session, selection: Selection): Promise<Inspection> {
  const sourceSide = await readSide(source, selection)
  const targetSide = await readTarget(target, selection)
  const pairs = pairTables(sourceSide.tables, targetSide.tables, selection)
  return {
    selection,
    source: sourceSide,
    target: targetSide,
    pairs,
    sequences: await pairSequences(source, sourceSide.sequences, targetSide.sequences),
    violated: await findViolated(source, sourceSide.unvalidated, targetSide.unvalidated),
  }
}

async function readSide(session: Session, selection: Selection): Promise<SideCatalog> {
  const relations = await listRelations(session)
  const tables = await readTables(session, selectedTableOids(selection, relations))
  const memberOids = memberOidsOf(tables)
  return {
    server: await readServerFacts(session),
    relations,
    tables,
    types: await readTypes(
      session,
      tables.map((table) => table.oid),
    ),
    foreignKeys: await readForeignKeys(session, memberOids),
    unvalidated: await readUnvalidatedConstraints(session, memberOids),
    sequences: await readSelectedSequences(session, selection, relations, tables),
  }
}

async function readTarget(session: Session, selection: Selection): Promise<TargetCatalog> {
  const side = await readSide(session, selection)
  const memberOids = memberOidsOf(side.tables)
  const neighbourOids = new Set(side.foreignKeys.flatMap(endsOf))
  for (const oid of memberOids) neighbourOids.delete(oid)
  return {
    ...side,
    mode: await probeMergeMode(session),
    triggers: await readTriggers(session, memberOids),
    rules: await readRules(session, memberOids),
    deferrable: await readDeferrableConstraints(session, memberOids),
    neighbours: await readMembers(session, [...neighbourOids]),
    ownSchemas: await readOwnSchemas(session),
    canCreateOwnSchemas: side.server.canCreateSchemas,
  }
}

function endsOf(key: ForeignKey): number[] {
  return [key.childOid, key.parentOid]
}

function memberOidsOf(tables: readonly Table[]): number[] {
  return tables.flatMap((table) => table.members.map((member) => member.oid))
}

/** Sequences go with the table that owns them; those that no table owns are selected by their own name. */
async function readSelectedSequences(
  session: Session,
  selection: Selection,
  relations: readonly ListedRelation[],
  tables: readonly Table[],
): Promise<Sequence[]> {
  const listed = relations.filter(({ kind }) => kind === 'sequence').map(({ oid }) => oid)
  const tableOids = new Set(memberOidsOf(tables))
  const sequences = await readSequences(session, listed)
  return sequences.filter(({ ownerTableOid, name }) =>
    ownerTableOid === undefined ? isSelected(selection, name) : tableOids.has(ownerTableOid),
  )
}

async function readOwnSchemas(session: Session): Promise<{ name: string; canCreate: boolean }[]> {
  return session.query(
    `SELECT nspname AS name, has_schema_privilege(oid, 'CREATE') AS "canCreate" FROM pg_namespace WHERE nspname = ANY ($1::text[])`,
    [OWN_SCHEMAS],
  )
}

function pairTables(sources: readonly Table[], targets: readonly Table[], selection: Selection): TablePair[] {
  const byName = new Map(targets.map((table) => [nameKey(table.name), table]))
  return sources.flatMap((source) => {
    const target = byName.get(nameKey(source.name))
    return target === undefined ? [] : [{ source, target, where: conditionFor(selection, source.name) }]
  })
}

function conditionFor(selection: Selection, name: TableName): string | undefined {
  return selection.where.find(({ table }) => nameKey(table) === nameKey(name))?.condition
}

async function pairSequences(
  session: Session,
  sources: readonly Sequence[],
  targets: readonly Sequence[],
): Promise<SequencePair[]> {
  const byName = new Map(targets.map((sequence) => [nameKey(sequence.name), sequence]))
  const readable = sources.filter((sequence) => sequence.canSelect)
  const values = await readSequenceValues(
    session,
    readable.map((sequence) => sequence.name),
  )
  const valueByName = new Map(readable.map((sequence, index) => [displayName(sequence.name), values[index]]))
  return sources.flatMap((source) => {
    const target = byName.get(nameKey(source.name))
    return target === undefined ? [] : [{ source, target, value: valueByName.get(displayName(source.name)) }]
  })
}
