import { coded, type Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { OWN_SCHEMAS } from '../../postgres/catalog/list-relations.ts'
import type { Member } from '../../postgres/catalog/table.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, TargetCatalog } from '../inspection.ts'
import { neighboursOf } from '../merge/read-outside.ts'
import { firingTriggers } from '../merge/suspend-triggers.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** Everything that the run will do must be allowed, on both sides. */
export function validatePrivileges(inspection: Inspection): Finding[] {
  return [
    ...inspection.pairs
      .flatMap((pair) => pair.target.members)
      .flatMap((member) => writing(inspection.target, member)),
    ...inspection.sequences
      .filter((pair) => !pair.target.isOwner)
      .map(({ target: { name } }) =>
        errorFinding(
          displayName(name),
          "may not be set in the target: the role is not the sequence's owner",
          `ALTER SEQUENCE ${relation(name)} OWNER TO …, or run as its owner.`,
        ),
      ),
    ...triggers(inspection.target),
    ...neighbours(inspection),
    ...ownSchemas(inspection.target),
    ...mode(inspection.target),
  ]
}

function writing(
  { mode: mergeMode }: TargetCatalog,
  { name, canUseSchema, canSelect, canWrite, isOwner }: Member,
): Finding[] {
  const shown = displayName(name)
  if (!canUseSchema) {
    return [
      errorFinding(
        shown,
        'is in a schema of the target that may not be used',
        `GRANT USAGE ON SCHEMA ${identifier(name.schema)} TO …`,
      ),
    ]
  }
  if (mergeMode === 'owner' && !isOwner) {
    return [
      errorFinding(
        shown,
        'is not owned by the role in the target, which must suspend its triggers',
        'Run as the owner of the tables, or let a superuser GRANT SET ON PARAMETER session_replication_role TO the role (PostgreSQL 15 or later).',
      ),
    ]
  }
  return canSelect && canWrite
    ? []
    : [
        errorFinding(
          shown,
          'may not be written in the target',
          `GRANT SELECT, INSERT, UPDATE, DELETE ON ${relation(name)} TO …`,
        ),
      ]
}

function triggers({ triggers: all, mode: mergeMode, tables }: TargetCatalog): Finding[] {
  const owned = new Set(
    tables.flatMap((table) => table.members.filter((member) => member.isOwner).map((member) => member.oid)),
  )
  return firingTriggers(all, mergeMode)
    .filter((trigger) => mergeMode === 'replica role' && !owned.has(trigger.relationOid))
    .map(({ relation: name, name: trigger }) =>
      errorFinding(
        displayName(name),
        `trigger "${trigger}" fires in the replica role, and only the table's owner can suspend it`,
        'Run as the owner of the table.',
      ),
    )
}

function neighbours(inspection: Inspection): Finding[] {
  const { mode: mergeMode, foreignKeys } = inspection.target
  const acting = new Set(foreignKeys.filter((key) => key.onDelete !== 'no action').map((key) => key.childOid))
  return neighboursOf(inspection)
    .filter(
      (member) =>
        !(member.canUseSchema && member.canSelect && member.canWrite) &&
        (mergeMode === 'replica role' || acting.has(member.oid)),
    )
    .map(({ name }) =>
      errorFinding(
        displayName(name),
        'is tied to the run by a foreign key and may not be locked by the role',
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ${relation(name)} TO …, or include the table in the profile.`,
      ),
    )
}

function ownSchemas({ ownSchemas: existing, canCreateOwnSchemas, server }: TargetCatalog): Finding[] {
  return OWN_SCHEMAS.flatMap((name) => {
    const schema = existing.find((candidate) => candidate.name === name)
    if (schema === undefined && !canCreateOwnSchemas) {
      return [
        errorFinding(
          server.database,
          `schema ${name} cannot be created in the target`,
          `GRANT CREATE ON DATABASE "${server.database}" TO …`,
        ),
      ]
    }
    return schema !== undefined && !schema.canCreate
      ? [
          errorFinding(
            server.database,
            `tables cannot be created in schema ${name} of the target`,
            `Run as the role that owns the schema, or GRANT ALL ON SCHEMA ${name} TO …`,
          ),
        ]
      : []
  })
}

function mode({ mode: mergeMode, server }: TargetCatalog): Finding[] {
  if (mergeMode !== 'owner') return []
  return coded('merge-as-owner', [
    noteFinding(
      server.database,
      'the role may not set session_replication_role: the merge runs as the owner of the tables, with foreign keys acting',
      'On PostgreSQL 15 or later a superuser can GRANT SET ON PARAMETER session_replication_role TO the role, which is faster and can do more.',
    ),
  ])
}
