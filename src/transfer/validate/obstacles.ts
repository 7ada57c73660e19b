import type { Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Inspection } from '../inspect/inspection.ts'
import {
  type BlockingMeasure,
  blockingMeasures,
  constraintMeasures,
  isForcedOnOwner,
  type Obstacles,
  obstaclesOf,
} from './blocking-measures.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { inherit } from './owner-advice.ts'
import type { ValidateOptions } from './validate-options.ts'

/** What the merge cannot do on these tables, or only by blocking their readers. */
export function validateObstacles(inspection: Inspection, options: ValidateOptions): Finding[] {
  const obstacles = obstaclesOf(inspection)
  return [
    ...judgeMeasures(obstacles, blockingMeasures(obstacles), options),
    ...hiddenRows(obstacles),
    ...obstacles.tables
      .flatMap(({ partitions }) => partitions)
      .filter((partition) => partition.lacksReplicaIdentity)
      .map(({ name }) =>
        errorFinding(
          displayName(name),
          'is published, but its rows can be neither updated nor deleted: its replica identity is missing or does not fit the publication',
          `ALTER TABLE ${relation(name)} REPLICA IDENTITY FULL, or take it out of the publication.`,
        ),
      ),
  ]
}

/** Constraints of the target that landed rows violate. The merge can write these rows only without the constraint. */
export function validateLanded(
  inspection: Inspection,
  violated: readonly UnvalidatedConstraint[],
  options: ValidateOptions,
): Finding[] {
  const obstacles = obstaclesOf(inspection, violated)
  return judgeMeasures(obstacles, constraintMeasures(obstacles), options)
}

/** What the role cannot overcome, even if it may block readers. */
export function impassableObstacles(obstacles: Obstacles): Finding[] {
  return [...unownedMeasures(obstacles, blockingMeasures(obstacles)), ...hiddenRows(obstacles)]
}

function judgeMeasures(
  obstacles: Obstacles,
  measures: readonly BlockingMeasure[],
  { allowBlocking }: ValidateOptions,
): Finding[] {
  const outside = new TableSet(obstacles.outside.map(({ name }) => name))
  const wayOut = (name: BlockingMeasure['relation']) =>
    outside.has(name) ? 'Allow' : 'Exclude the table, or allow'
  return [
    ...unownedMeasures(obstacles, measures),
    ...measures
      .filter(ownedBy(obstacles))
      .map(({ relation: name, reason }) =>
        allowBlocking
          ? noteFinding(displayName(name), `${reason}: its readers are blocked while the run merges`)
          : errorFinding(
              displayName(name),
              reason,
              `${wayOut(name)} its readers to be blocked while the run merges: --allow-blocking.`,
            ),
      ),
  ]
}

function unownedMeasures(obstacles: Obstacles, measures: readonly BlockingMeasure[]): Finding[] {
  const isOwned = ownedBy(obstacles)
  return measures
    .filter((measure) => !isOwned(measure))
    .map(({ relation: name, reason }) =>
      errorFinding(
        displayName(name),
        `${reason}, and only the table's owner can suspend that`,
        ownerAdvice(obstacles, name),
      ),
    )
}

function ownerAdvice({ tables, outside }: Obstacles, name: TableName): string {
  const partitions = [...tables.flatMap((table) => table.partitions), ...outside]
  const dormant = partitions.find(
    (partition) => partition.isDormantOwner && isSameTable(partition.name, name),
  )
  return dormant === undefined ? 'Run as the owner of the table, or exclude it.' : inherit([dormant.owner])
}

function hiddenRows({ tables, outside }: Obstacles): Finding[] {
  return [...tables.flatMap(({ partitions }) => partitions), ...outside]
    .filter((partition) => partition.isRowSecurityActive && !isForcedOnOwner(partition))
    .map((partition) =>
      errorFinding(
        displayName(partition.name),
        'has row-level security that would hide rows of the target',
        partition.isDormantOwner
          ? inherit([partition.owner])
          : 'Write as the owner of the table or as a role with BYPASSRLS.',
      ),
    )
}

function ownedBy({ tables, outside }: Obstacles): (measure: BlockingMeasure) => boolean {
  const partitions = [...tables.flatMap((table) => table.partitions), ...outside]
  const owned = new TableSet(partitions.filter(({ isOwner }) => isOwner).map(({ name }) => name))
  return ({ relation: name }) => owned.has(name)
}
