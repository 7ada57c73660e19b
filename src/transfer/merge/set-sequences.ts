import type { TableName } from '../../core/table-name.ts'
import {
  lockSequenceValues,
  readOwnSequenceValues,
  readSequencesByName,
  type Sequence,
  type SequenceValue,
} from '../../postgres/catalog/read-sequences.ts'
import type { Database } from '../../postgres/database.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import { batchesOf, TABLES_AT_ONCE } from '../../postgres/in-batches.ts'
import { readPromisedLocks } from '../../postgres/lock-slots.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import type { NumberedColumn } from '../inspect/sequence-columns.ts'
import type { OwnerRights } from './owner-rights.ts'
import { tableSql } from './row-sql.ts'
import { furthest, howToSet, isFurther, isSame } from './sequence-position.ts'

/** A sequence and its wanted position. */
export interface WantedSequence {
  readonly name: TableName
  /** The positions of the sequences that it follows; the furthest counts. */
  readonly values: readonly SequenceValue[]
  /** The columns whose values it must have passed, if it follows no sequence or rows stay. */
  readonly columns: readonly NumberedColumn[]
  /** Whether columns that the merge does not copy have numbers of it. It is then never moved back. */
  readonly isShared: boolean
  /** Its position, unless other sessions have taken numbers meanwhile. In that case, it is not moved back, either. */
  readonly left?: SequenceValue
}

/** Where sequences are set, and with which rights. */
interface Writer {
  readonly coordinator: Session
  readonly rights: OwnerRights
  /** The database, if another session may read the sequences because the transaction has not changed their definitions. */
  readonly target?: Database | undefined
}

/** A sequence that was set, with its previous position. */
export interface SetSequence {
  readonly name: TableName
  readonly oid: number
  readonly before: SequenceValue
  readonly value: SequenceValue
  /** When it is set: in the merge; just before COMMIT, if it moves forward; or after COMMIT, if it moves back. */
  readonly moment: 'in the merge' | 'before COMMIT' | 'after COMMIT'
}

/**
 * Sets the sequences whose position differs. setval() alone would survive a ROLLBACK. RESTART first gives the sequence new storage that
 * belongs to the transaction, and setval() then writes there. Sequences that the role does not own are left to {@link advanceSequences} and
 * {@link setSequencesBack}.
 */
export async function setSequences(
  merge: Writer & { readonly sequences: readonly WantedSequence[] },
): Promise<SetSequence[]> {
  const { coordinator, sequences } = merge
  const found = await readSequencesByName(
    coordinator,
    sequences.map(({ name }) => name),
  )
  const settable = sequences.flatMap((wanted) => {
    const sequence = found.get(wanted.name)
    return sequence === undefined || howToSet(sequence) === undefined ? [] : [{ wanted, sequence }]
  })
  const set = await decide(merge, settable)
  const inMerge = set.filter(({ moment }) => moment === 'in the merge')
  for (const batch of batchesOf(inMerge, TABLES_AT_ONCE))
    await coordinator.define(batch.map(({ name }) => `ALTER SEQUENCE ${relation(name)} RESTART`).join(';\n'))
  await setValues(coordinator, inMerge)
  return set
}

interface Settable {
  readonly wanted: WantedSequence
  readonly sequence: Sequence
}

/** Reading a sequence locks it until the transaction ends. If there are many, only those whose position differs are locked. */
async function decide(writer: Writer, settable: readonly Settable[]): Promise<SetSequence[]> {
  const { target } = writer
  const own = settable.filter(({ sequence }) => sequence.canSelect).map(({ sequence }) => sequence)
  if (target === undefined || !(await areMany(writer.coordinator, own))) return decideLocked(writer, settable)
  const session = await target.session()
  const seen = await readOwnSequenceValues(session, own)
  target.giveBack(session)
  const found = await compareAll(writer, settable, new Map(own.map(({ oid }, at) => [oid, seen[at]])))
  const elsewhere = new Set(found.map(({ oid }) => oid))
  const isDoubtful = ({ sequence: { oid, canSelect } }: Settable) => elsewhere.has(oid) || !canSelect
  return decideLocked(writer, settable.filter(isDoubtful))
}

async function areMany(session: Session, sequences: readonly Sequence[]): Promise<boolean> {
  return sequences.length > FEW && sequences.length * SHARE_OF_LOCKS > (await readPromisedLocks(session))
}

const FEW = 20
/** Most locks are needed for tables. */
const SHARE_OF_LOCKS = 10

async function decideLocked(writer: Writer, settable: readonly Settable[]): Promise<SetSequence[]> {
  const sequences = settable.map(({ sequence }) => sequence)
  return compareAll(writer, settable, await readPositions(writer.coordinator, sequences))
}

async function compareAll(
  writer: Writer,
  settable: readonly Settable[],
  positions: ReadonlyMap<number, SequenceValue | undefined>,
): Promise<SetSequence[]> {
  const set: SetSequence[] = []
  for (const { wanted, sequence } of settable) {
    const before = positions.get(sequence.oid)
    const value = await valueFor(writer, wanted, sequence)
    if (before === undefined || value === undefined || isSame(before, value)) continue
    const isForward = isFurther(value, before, sequence)
    if (!isForward && mustNotMoveBack(wanted, sequence, before)) continue
    set.push({ name: wanted.name, oid: sequence.oid, before, value, moment: momentOf(sequence, isForward) })
  }
  return set
}

/**
 * Moves sequences forward that can only be set by setval(). Call it when only the end of the transaction, and code that takes numbers, will
 * follow. Other sessions see it at once, and a ROLLBACK does not undo it. Some numbers are then skipped, which does no harm. Moving back
 * would give out numbers again that rows have.
 */
export async function advanceSequences(session: Session, set: readonly SetSequence[]): Promise<void> {
  await setValues(
    session,
    set.filter(({ moment }) => moment === 'before COMMIT'),
  )
}

/**
 * Moves sequences back that can only be set by setval(), once the rows with these numbers are deleted for good, and unless other sessions
 * have taken more numbers meanwhile.
 */
export async function setSequencesBack(session: Session, set: readonly SetSequence[]): Promise<void> {
  const back = set.filter(({ moment }) => moment === 'after COMMIT')
  if (back.length === 0) return
  await session.transaction('BEGIN', async () => {
    await lockSequenceValues(session, back)
    for (const { name, oid, before, value } of back) {
      await session.query(
        `${SET_VALUE} FROM ${relation(name)} WHERE last_value OPERATOR(pg_catalog.=) $4::pg_catalog.int8 AND is_called OPERATOR(pg_catalog.=) $5`,
        [oid, value.lastValue, value.isCalled, before.lastValue, before.isCalled],
      )
    }
  })
}

/** Whether rows that stay may have numbers that the sequence would give out again. */
function mustNotMoveBack(
  { isShared, values, left }: WantedSequence,
  { canSelect }: Sequence,
  before: SequenceValue,
): boolean {
  return isShared || values.length === 0 || !canSelect || (left !== undefined && !isSame(left, before))
}

function momentOf(sequence: Sequence, isForward: boolean): SetSequence['moment'] {
  if (howToSet(sequence) === 'restart') return 'in the merge'
  return isForward ? 'before COMMIT' : 'after COMMIT'
}

const SET_VALUE = 'SELECT pg_catalog.setval($1::pg_catalog.oid::pg_catalog.regclass, $2::pg_catalog.int8, $3)'

async function setValues(session: Session, set: readonly SetSequence[]): Promise<void> {
  if (set.length === 0) return
  await session.query(SET_VALUES, [
    set.map(({ oid }) => oid),
    set.map(({ value }) => value.lastValue),
    set.map(({ value }) => value.isCalled),
  ])
}

const SET_VALUES = `SELECT pg_catalog.count(pg_catalog.setval(s.oid::pg_catalog.regclass, s.last_value, s.is_called))
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int8[]), pg_catalog.unnest($3::pg_catalog.bool[])) AS s (oid, last_value, is_called)`

async function valueFor(
  { coordinator, rights }: Writer,
  { values, columns }: WantedSequence,
  sequence: Sequence,
): Promise<SequenceValue | undefined> {
  const following = furthest(values, sequence)
  if (columns.length === 0) return following
  const read = () => readHighest(coordinator, rights, columns, sequence)
  const highest = await withUserPath(coordinator, 'reading', read)
  return furthest(
    [following, highest].flatMap((value) => value ?? []),
    sequence,
  )
}

/** The positions of the sequences, by object id. Their names cannot change until the transaction ends. */
async function readPositions(
  session: Session,
  sequences: readonly Sequence[],
): Promise<Map<number, SequenceValue>> {
  const readable = sequences.filter(({ canSelect }) => canSelect)
  const values = await lockSequenceValues(session, readable)
  const positions = new Map(values.map((value, index) => [readable[index]?.oid ?? 0, value]))
  for (const { oid, canSelect, maximum, minimum, increment } of sequences) {
    if (canSelect) continue
    const last = await takeNumber(session, oid)
    positions.set(oid, { lastValue: last ?? (increment.startsWith('-') ? minimum : maximum), isCalled: true })
  }
  return positions
}

/**
 * For a sequence that may be set but not read, taking a number is the only way to learn its position; undefined if it is exhausted. The
 * savepoint is released, because rows that are written within it would not carry the id of the merge.
 */
async function takeNumber(session: Session, oid: number): Promise<string | undefined> {
  await session.execute('SAVEPOINT take_number')
  try {
    const { n } = await session.queryOne<{ n: string }>(
      'SELECT pg_catalog.nextval($1::pg_catalog.oid::pg_catalog.regclass)::pg_catalog.text AS n',
      [oid],
    )
    await session.execute('RELEASE SAVEPOINT take_number')
    return n
  } catch (error) {
    if (!(error instanceof DatabaseError && error.sqlState === LIMIT_EXCEEDED)) throw error
    await session.execute('ROLLBACK TO SAVEPOINT take_number; RELEASE SAVEPOINT take_number')
    return undefined
  }
}

/** "nextval: reached maximum value of sequence". */
const LIMIT_EXCEEDED = '2200H'

/** The last number of a sequence that columns contain; for a descending sequence, the lowest. Undefined if they contain none. */
async function readHighest(
  session: Session,
  rights: OwnerRights,
  columns: readonly NumberedColumn[],
  sequence: Pick<Sequence, 'increment' | 'minimum' | 'maximum'>,
): Promise<SequenceValue | undefined> {
  const aggregate = sequence.increment.startsWith('-') ? 'min' : 'max'
  const values: SequenceValue[] = []
  for (const { table, column } of columns) {
    const value = `t.${identifier(column.name)}::${column.baseType}`
    const select = `SELECT pg_catalog.${aggregate}(${value})::pg_catalog.int8 AS n FROM ${tableSql(table)} AS t
      WHERE ${value} OPERATOR(pg_catalog.>=) (${sequence.minimum})::pg_catalog.int8 AND ${value} OPERATOR(pg_catalog.<=) (${sequence.maximum})::pg_catalog.int8`
    const n = await rights.reading({ target: table })(select, ['n pg_catalog.int8'], async (sql) => {
      const row = await session.queryOne<{ n: string | null }>(
        `SELECT h.n::pg_catalog.text AS n FROM (${sql}) AS h`,
      )
      return row.n
    })
    if (n !== null) values.push({ lastValue: n, isCalled: true })
  }
  return furthest(values, sequence)
}
