import { FailedError } from '../../core/errors.ts'
import { OWN_SCHEMAS } from '../../postgres/catalog/list-relations.ts'
import { readDeferrableConstraints } from '../../postgres/catalog/read-constraints.ts'
import { readPartitions } from '../../postgres/catalog/read-partitions.ts'
import { readSchemaSignature } from '../../postgres/catalog/read-schema-signature.ts'
import { readRules, readTriggers } from '../../postgres/catalog/read-triggers.ts'
import type { Session } from '../../postgres/session.ts'
import { neighbourOids } from '../merge/read-outside.ts'
import { fingerprintOf } from './fingerprint.ts'
import type { MergeMode, Selection, TargetCatalog } from './inspection.ts'
import { probeMergeMode } from './probe-merge-mode.ts'
import { listTables, partitionOids, readCatalog } from './read-catalog.ts'

/** Reads the target's catalog, and what prevents writing. Judges nothing and changes nothing. */
export async function inspectTarget(session: Session, selection: Selection): Promise<TargetCatalog> {
  const [mode, catalog] = await Promise.all([
    probeMergeMode(session),
    session.readingTransaction('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', async () => {
      const catalog = await readTarget(session, selection)
      return { ...catalog, signature: await readSchemaSignature(session, definedRelations(catalog)) }
    }),
  ])
  return { ...catalog, mode }
}

/** The same in the current transaction, which may have changed the tables. */
export async function inspectTargetWithin(
  session: Session,
  selection: Selection,
  mode: MergeMode,
): Promise<TargetCatalog> {
  const catalog = await readTarget(session, selection)
  const signature = await readSchemaSignature(session, definedRelations(catalog))
  return { ...catalog, mode, signature }
}

/**
 * Proves, with the tables locked, that the target is still what was validated. Its catalog is read again only if a definition may have
 * changed.
 * @throws FailedError if its schema has changed meanwhile
 */
export async function expectSameTarget(
  session: Session,
  selection: Selection,
  validated: TargetCatalog,
): Promise<void> {
  if (await isDefinedAsBefore(session, validated)) return
  const now = { ...(await readTarget(session, selection)), mode: validated.mode }
  if (essenceOf(now) !== essenceOf(validated)) throw schemaChanged(session)
}

/** Whether the definitions of the target are the same as at validation. Reads only the catalog, and takes no lock. */
export async function isDefinedAsBefore(session: Session, validated: TargetCatalog): Promise<boolean> {
  return (await readSchemaSignature(session, definedRelations(validated))) === validated.signature
}

function essenceOf(catalog: Omit<TargetCatalog, 'signature'>): string {
  const {
    server: _,
    relations: __,
    indexes: ___,
    ownSchemas: ____,
    ...essence
  } = { ...catalog, signature: '' }
  return fingerprintOf(essence)
}

/** Everything whose definition the catalog contains. */
function definedRelations(catalog: Pick<TargetCatalog, 'tables' | 'neighbours' | 'sequences'>): number[] {
  const { tables, neighbours, sequences } = catalog
  return [...partitionOids(tables), ...neighbours.map(({ oid }) => oid), ...sequences.map(({ oid }) => oid)]
}

/** The error that the target was altered during a run. */
export function schemaChanged({ database }: Session): FailedError {
  return new FailedError(`${database}: the schema of the target was changed during the run`, {
    hint: 'Nothing has changed in its rows. Run again when the migration is done.',
  })
}

async function readTarget(
  session: Session,
  selection: Selection,
): Promise<Omit<TargetCatalog, 'signature' | 'mode'>> {
  const listed = await listTables(session, selection)
  const oids = listed.partitions.map(({ oid }) => oid)
  const [catalog, triggers, rules, deferrable, ownSchemas] = await Promise.all([
    readCatalog(session, listed),
    readTriggers(session, oids),
    readRules(session, oids),
    readDeferrableConstraints(session, oids),
    readOwnSchemas(session),
  ])
  const neighbours = await readPartitions(session, neighbourOids(catalog.foreignKeys, oids))
  const { canCreateSchemas: canCreateOwnSchemas } = catalog.server
  return { ...catalog, triggers, rules, deferrable, neighbours, ownSchemas, canCreateOwnSchemas }
}

async function readOwnSchemas(session: Session): Promise<TargetCatalog['ownSchemas']> {
  return session.query(
    `SELECT nspname AS name, has_schema_privilege(oid, 'CREATE') AS "canCreate", pg_get_userbyid(nspowner)::text AS owner FROM pg_namespace WHERE nspname = ANY ($1::text[])`,
    [OWN_SCHEMAS],
  )
}
