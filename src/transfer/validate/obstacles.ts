import type { Finding } from '../../core/finding.ts'
import { displayName, nameKey } from '../../core/table-name.ts'
import type { UnvalidatedConstraint } from '../../postgres/catalog/read-constraints.ts'
import type { Member } from '../../postgres/catalog/table.ts'
import { relation } from '../../postgres/identifiers.ts'
import type { Inspection } from '../inspection.ts'
import type { ValidateOptions } from '../validate.ts'
import {
  type BlockingMeasure,
  blockingMeasures,
  constraintMeasures,
  obstaclesOf,
} from './blocking-measures.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** What the merge cannot do on these tables, or only by blocking their readers. */
export function validateObstacles(inspection: Inspection, options: ValidateOptions): Finding[] {
  const members = inspection.pairs.flatMap((pair) => pair.target.members)
  return [
    ...judgeMeasures(members, blockingMeasures(obstaclesOf(inspection)), options),
    ...members
      .filter((member) => member.isRowSecurityActive && !(member.isRowSecurityForced && member.isOwner))
      .map(({ name }) =>
        errorFinding(
          displayName(name),
          'has row-level security that would hide rows of the target',
          'Write as the owner of the table or as a role with BYPASSRLS.',
        ),
      ),
    ...members
      .filter((member) => member.lacksReplicaIdentity)
      .map(({ name }) =>
        errorFinding(
          displayName(name),
          'is published so that its rows can be neither updated nor deleted: its replica identity is missing or does not fit the publication',
          `ALTER TABLE ${relation(name)} REPLICA IDENTITY FULL, or take it out of the publication.`,
        ),
      ),
  ]
}

/** What rows that have landed violate in the target. The merge can only write them without the constraint. */
export function validateLanded(
  inspection: Inspection,
  violated: readonly UnvalidatedConstraint[],
  options: ValidateOptions,
): Finding[] {
  const obstacles = obstaclesOf(inspection, violated)
  return judgeMeasures(
    obstacles.tables.flatMap(({ members }) => members),
    constraintMeasures(obstacles),
    options,
  )
}

function judgeMeasures(
  members: readonly Member[],
  measures: readonly BlockingMeasure[],
  { allowBlocking }: ValidateOptions,
): Finding[] {
  const owned = new Set(members.filter(({ isOwner }) => isOwner).map(({ name }) => nameKey(name)))
  return [
    ...measures
      .filter(({ relation: name }) => !owned.has(nameKey(name)))
      .map(({ relation: name, reason }) =>
        errorFinding(
          displayName(name),
          `${reason}, and only the table's owner can suspend that`,
          'Run as the owner of the table, or exclude it.',
        ),
      ),
    ...measures
      .filter(({ relation: name }) => owned.has(nameKey(name)))
      .map(({ relation: name, reason }) =>
        allowBlocking
          ? noteFinding(displayName(name), `${reason}: its readers are blocked while the run merges`)
          : errorFinding(
              displayName(name),
              reason,
              'Exclude the table, or allow its readers to be blocked while the run merges: --allow-blocking.',
            ),
      ),
  ]
}
