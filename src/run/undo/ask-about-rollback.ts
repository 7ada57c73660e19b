import { countOf } from '../../core/count-of.ts'
import { displayName } from '../../core/table-name.ts'
import type { Detail, Question } from '../../progress/confirm.ts'
import type { UndoableRun, UndoableTable } from '../../state/undo-sets.ts'
import { describeCreated } from '../creation/describe-created.ts'
import { describeTopics } from '../follow/plan-follow.ts'
import type { UndoOptions } from './undo-options.ts'

/** The question before a rollback: which run it undoes, and what that does to each table. Pure. */
export function askAboutRollback(
  targetName: string,
  { id, profile, finishedAt, tables, staying, sequences, created, followed }: UndoableRun,
  { force }: Pick<UndoOptions, 'force'>,
): Question {
  const changed = tables.filter((table) => changesOf(table) > 0)
  const time = finishedAt
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
  const rows = countOf(
    changed.reduce((total, table) => total + changesOf(table), 0),
    'row',
  )
  const also = force ? ', and overwrite what has changed there since' : ''
  return {
    message:
      `The rollback would restore "${targetName}" to its state before run ${id} of profile "${profile}", which ended at ${time}: ` +
      `${rows} in ${countOf(changed.length, 'table')}, ${countOf(sequences.length, 'sequence')}${also}`,
    details: [
      ...changed.map(describeTable),
      ...staying.map((name) => ({
        subject: displayName(name),
        fact: 'keeps its rows: it is the history of migrations of the schema that stays',
      })),
      ...(created.length === 0
        ? []
        : [
            {
              subject: targetName,
              fact: `what the run has created stays, without rows: ${describeCreated(created)}`,
            },
          ]),
      ...(followed.length === 0
        ? []
        : [
            {
              subject: targetName,
              fact: `what the run has changed in the schema stays: ${describeTopics(followed)}`,
            },
          ]),
    ],
    hint: 'Confirm it on a terminal, with --yes, or with MBSYNC_YES=1.',
  }
}

function changesOf({ inserted, updated, deleted }: UndoableTable): number {
  return inserted + updated + deleted
}

function describeTable({ name, inserted, updated, deleted }: UndoableTable): Detail {
  const parts = [
    ...(deleted > 0 ? [`${countOf(deleted, 'deleted row')} restored`] : []),
    ...(updated > 0 ? [`${countOf(updated, 'updated row')} set back`] : []),
    ...(inserted > 0 ? [`${countOf(inserted, 'inserted row')} deleted`] : []),
  ]
  return { subject: displayName(name), fact: parts.join(', ') }
}
