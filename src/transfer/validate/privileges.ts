import { coded, type Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import { OWN_SCHEMAS } from '../../postgres/catalog/list-relations.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { adviseHandOver } from '../../postgres/hand-over-state.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, SequencePair, TargetCatalog } from '../inspect/inspection.ts'
import { neighboursOf } from '../merge/read-outside.ts'
import { howToSet } from '../merge/sequence-position.ts'
import { firingTriggers } from '../merge/suspend-triggers.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { lackingOnSchemas, lackingOnTables } from './lacking-privileges.ts'
import { asGranted, asOwner, orInherit } from './owner-advice.ts'

/** Both sides must allow everything that the run will do. */
export function validatePrivileges(inspection: Inspection): Finding[] {
  return [
    ...writing(inspection),
    ...inspection.sequences.filter(({ target }) => howToSet(target) === undefined).map(unsettable),
    ...triggers(inspection.target),
    ...neighbours(inspection),
    ...ownSchemas(inspection.target),
    ...mode(inspection.target),
  ]
}

function writing({ pairs, target }: Inspection): Finding[] {
  const all = pairs.flatMap(({ target: { name, partitions } }) =>
    partitions.map((partition) => ({ table: name, partition })),
  )
  const usable = all.filter(({ partition }) => partition.canUseSchema)
  const isForeign = ({ isOwner }: Partition) => target.mode === 'owner' && !isOwner
  return [
    ...lackingOnSchemas(
      target,
      all.filter((each) => !usable.includes(each)),
      {
        message: 'is in a schema of the target that may not be used',
        hint: (on, role) => `GRANT USAGE ON SCHEMA ${on} TO ${role}`,
      },
    ),
    ...usable.flatMap(({ partition }) => (isForeign(partition) ? [notOwned(target, partition)] : [])),
    ...lackingOnTables(
      target,
      usable.filter(({ partition }) => {
        return !isForeign(partition) && !(partition.canSelect && partition.canWrite)
      }),
      {
        message: 'may not be written in the target',
        hint: (on, role) => `GRANT SELECT, INSERT, UPDATE, DELETE ON ${on} TO ${role}`,
      },
    ),
  ]
}

function notOwned(target: TargetCatalog, partition: Partition): Finding {
  const { platform } = target.server
  return errorFinding(
    displayName(partition.name),
    'is not owned by the role in the target, which must suspend its triggers',
    asOwner(
      target,
      partition,
      platform === undefined
        ? 'Run as the owner of the tables, or let a superuser GRANT SET ON PARAMETER session_replication_role TO the role (PostgreSQL 15 or later).'
        : `Run as the owner of the tables, here ${partition.owner}, or as a member of that role. ${platform.replicaRole ?? ''}`.trim(),
      inReplicaRole(platform),
    ),
  )
}

/** How a table that belongs to the host can be merged into. */
function inReplicaRole(platform: TargetCatalog['server']['platform']): string | undefined {
  const asReplica = 'the role must be allowed to set session_replication_role, and to write the table'
  if (platform === undefined)
    return `${asReplica}: GRANT SET ON PARAMETER session_replication_role TO … (PostgreSQL 15 or later).`
  return platform.replicaRole === undefined ? undefined : `${asReplica}. ${platform.replicaRole}`
}

/** The rows are correct in this case, so the run continues. */
function unsettable({ target: { name, canUseSchema, columns } }: SequencePair): Finding {
  const fed = columns.filter(({ isDefault }) => isDefault).map(({ table }) => displayName(table))
  const who =
    fed.length === 0 ? 'those who use it may get' : `INSERTs into ${[...new Set(fed)].join(', ')} may get`
  const usage = canUseSchema ? '' : `GRANT USAGE ON SCHEMA ${identifier(name.schema)} TO …; `
  return noteFinding(
    displayName(name),
    `may not be set in the target and stays as it is: ${who} numbers that rows of the source already have`,
    `${usage}GRANT SELECT, UPDATE ON SEQUENCE ${relation(name)} TO …, or run as its owner. To leave it alone without this note: exclude: [${yamlText(patternOf(name))}].`,
  )
}

function triggers(target: TargetCatalog): Finding[] {
  const { triggers: all, mode: mergeMode, tables } = target
  if (mergeMode !== 'replica role') return []
  const partitions = new Map(
    tables.flatMap((table) => table.partitions.map((partition) => [partition.oid, partition] as const)),
  )
  return firingTriggers(all, mergeMode).flatMap(({ relation: name, name: trigger, relationOid }) => {
    const partition = partitions.get(relationOid)
    if (partition?.isOwner) return []
    const usual = 'Run as the owner of the table.'
    return [
      errorFinding(
        displayName(name),
        `trigger "${trigger}" also fires for replicas, and only the table's owner can suspend it`,
        partition === undefined ? usual : asOwner(target, partition, usual),
      ),
    ]
  })
}

function neighbours(inspection: Inspection): Finding[] {
  const { target } = inspection
  const { mode: mergeMode, foreignKeys } = target
  const acting = new Set(foreignKeys.filter((key) => key.onDelete !== 'no action').map((key) => key.childOid))
  return neighboursOf(inspection)
    .filter(
      (partition) =>
        !(partition.canUseSchema && partition.canSelect && partition.canWrite) &&
        (mergeMode === 'replica role' || acting.has(partition.oid)),
    )
    .map((partition) =>
      errorFinding(
        displayName(partition.name),
        'is tied to the run by a foreign key and may not be locked by the role',
        adviseOnNeighbour(target, partition),
      ),
    )
}

function adviseOnNeighbour(target: TargetCatalog, partition: Partition): string {
  const { oid, name } = partition
  const usual = `GRANT SELECT, INSERT, UPDATE, DELETE ON ${relation(name)} TO …, or include the table in the profile.`
  const platform = target.relations.find((each) => each.oid === oid)?.platform
  if (platform === undefined || partition.isDormantOwner) return asGranted(target, partition, usual)
  const tied = target.foreignKeys.filter(({ childOid, parentOid }) => [childOid, parentOid].includes(oid))
  const others = tied.map(({ childOid, child, parent }) => patternOf(childOid === oid ? parent : child))
  return `It belongs to ${platform}: leave out what is tied to it, exclude: ['${[...new Set(others)].join("', '")}'].`
}

function ownSchemas({ ownSchemas: existing, canCreateOwnSchemas, server }: TargetCatalog): Finding[] {
  return OWN_SCHEMAS.flatMap((name) => {
    const schema = existing.find((candidate) => candidate.name === name)
    if (schema === undefined && !canCreateOwnSchemas) {
      return [
        errorFinding(
          server.name,
          `schema ${name} cannot be created in the target`,
          orInherit(
            { server },
            `GRANT CREATE ON DATABASE ${identifier(server.database)} TO ${identifier(server.role)}`,
          ),
        ),
      ]
    }
    return schema !== undefined && !schema.canCreate
      ? [
          errorFinding(
            server.name,
            `tables cannot be created in schema ${name} of the target`,
            orInherit({ server }, adviseHandOver(server.role, schema.owner)),
          ),
        ]
      : []
  })
}

function mode({ mode: mergeMode, server }: TargetCatalog): Finding[] {
  if (mergeMode !== 'owner') return []
  return coded('merge-as-owner', [
    noteFinding(
      server.name,
      'the role may not set session_replication_role: the merge runs as the owner of the tables, with active foreign keys',
      server.platform === undefined
        ? 'On PostgreSQL 15 or later a superuser can GRANT SET ON PARAMETER session_replication_role TO the role, which is faster and can do more.'
        : server.platform.replicaRole,
    ),
  ])
}
