import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import type { FunctionRead } from '../../postgres/catalog/read-function-reads.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { noteFinding } from './finding.ts'

/**
 * Notes functions in checks and computed columns that read tables. PostgreSQL assumes that they depend on nothing but their arguments: whether
 * a row is accepted, and what is computed of it, depends on which rows are there when it is written.
 */
export function validateFunctionReads(inspection: Inspection): Finding[] {
  const { target, pairs } = inspection
  const names = new Map(
    pairs.flatMap(({ target: { name, partitions } }) =>
      partitions.map(({ oid }) => [oid, displayName(name)] as const),
    ),
  )
  const found = target.functionReads.flatMap((read) => {
    const subject = names.get(read.writtenOid)
    return subject === undefined ? [] : judge(subject, read, placeOf(read, inspection))
  })
  // Partitions have the checks of their table.
  return [...new Map(found.map((each) => [`${each.subject} ${each.message}`, each])).values()]
}

/** A function that reads a table, for people. */
export function describeRead({ part, function: name, read }: FunctionRead): string {
  return `${part} calls ${name}, which reads ${displayName(read)}`
}

/** What to do about rows that such a check refuses. */
export function cureRead(read: FunctionRead, inspection: Inspection): string {
  return CURES[placeOf(read, inspection)](displayName(read.read))
}

/** Where what is read is written: not by the run, as part of the same table, or before it. */
type Place = 'outside' | 'itself' | 'first'

function placeOf({ writtenOid, readOid }: FunctionRead, { pairs }: Pick<Inspection, 'pairs'>): Place {
  const tableWith = (oid: number) =>
    pairs.find(({ target: { partitions } }) => partitions.some((partition) => partition.oid === oid))
  const from = tableWith(readOid)
  if (from === undefined) return 'outside'
  return from === tableWith(writtenOid) ? 'itself' : 'first'
}

const INSTEAD =
  'or drop the constraint in the target. A trigger that checks the same does not hinder runs, which suspend triggers.'

const CURES: Readonly<Record<Place, (table: string) => string>> = {
  outside: (table) => `Copy ${table}, too; leave out the rows that need it with a \`where\`; ${INSTEAD}`,
  itself: () => `Leave out the table with \`exclude\`; ${INSTEAD}`,
  first: () => `Correct such rows in the source; leave them out with a \`where\`; ${INSTEAD}`,
}

const WARNINGS: Readonly<Record<Place, string>> = {
  outside: ', which the run does not write: the run fails if a row needs rows there that only the source has',
  itself: ' itself: the run fails if a row needs another one that is written later',
  first:
    ', which is therefore written first: the run fails if the source accepted a row with other rows there than it has now',
}

function judge(subject: string, read: FunctionRead, place: Place): Finding {
  const said = describeRead(read)
  if (!isCheck(read))
    return noteFinding(
      subject,
      `${said}: what it computes depends on the rows there when a row is written, and may differ from the source`,
    )
  return noteFinding(subject, `${said}${WARNINGS[place]}`, CURES[place](displayName(read.read)))
}

/** Parts of tables that accept or refuse rows. */
function isCheck({ part }: FunctionRead): boolean {
  return part.startsWith('constraint ') || part.startsWith('type ')
}
