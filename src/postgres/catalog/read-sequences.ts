import { FailedError } from '../../core/errors.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { relation } from '../identifiers.ts'
import type { Session } from '../session.ts'

/** Where a sequence stands. Values are kept as text: they may exceed what a JavaScript number holds. */
export interface SequenceValue {
  readonly lastValue: string
  readonly isCalled: boolean
}

/** A sequence with its definition and, if it is owned by one, its column's table. */
export interface Sequence {
  readonly oid: number
  readonly name: TableName
  readonly ownerTableOid: number | undefined
  readonly type: string
  readonly minimum: string
  readonly maximum: string
  readonly canSelect: boolean
  readonly isOwner: boolean
}

/** Reads the definitions of the given sequences. */
export async function readSequences(session: Session, oids: readonly number[]): Promise<Sequence[]> {
  const rows = await session.query<SequenceRow>(SEQUENCES_SQL, [oids])
  return rows.map(({ schema, relname, ownerTableOid, ...row }) => ({
    ...row,
    name: { schema, name: relname },
    ownerTableOid: ownerTableOid ?? undefined,
  }))
}

type SequenceRow = Omit<Sequence, 'name' | 'ownerTableOid'> & {
  readonly schema: string
  readonly relname: string
  readonly ownerTableOid: number | null
} & Record<string, unknown>

const SEQUENCES_SQL = `
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS relname,
  (SELECT d.refobjid FROM pg_depend d
   WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
     AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') LIMIT 1) AS "ownerTableOid",
  format_type(s.seqtypid, NULL) AS type, s.seqmin::text AS minimum, s.seqmax::text AS maximum,
  has_sequence_privilege(c.oid, 'SELECT') AS "canSelect",
  pg_has_role(c.relowner, 'USAGE') AS "isOwner"
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[])
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`

/**
 * Reads where each sequence stands, in the order given. Sequences are not versioned: read after the snapshot was
 * taken, the values are never behind the rows.
 */
export async function readSequenceValues(
  session: Session,
  names: readonly TableName[],
): Promise<SequenceValue[]> {
  const values: SequenceValue[] = []
  for (const names100 of chunksOf(names, 100)) {
    const selects = names100.map(
      (name, index) =>
        `SELECT ${index} AS i, last_value::text AS "lastValue", is_called AS "isCalled" FROM ${relation(name)}`,
    )
    const rows = await session.query<SequenceValue & Record<string, unknown>>(
      `${selects.join(' UNION ALL ')} ORDER BY i`,
    )
    values.push(...rows.map(({ lastValue, isCalled }) => ({ lastValue, isCalled })))
  }
  return values
}

/**
 * The same by object id, as the owner of a schema may put another relation into the place of a sequence: each is locked against that before its name is used. The
 * session must have no transaction open, and lets the locks go at once.
 * @throws FailedError if a sequence has been renamed or replaced
 */
export async function readOwnSequenceValues(
  session: Session,
  sequences: readonly Pick<Sequence, 'oid' | 'name'>[],
): Promise<SequenceValue[]> {
  const values: SequenceValue[] = []
  for (const some of chunksOf(sequences, 100)) {
    const names = some.map(({ name }) => name)
    await session.transaction('BEGIN READ ONLY', async () => {
      // One that was dropped cannot be locked, and one may be replaced while the lock is waited for.
      await expectOwnNames(session, some)
      await session.query(LOCK_SEQUENCES_SQL, [some.map(({ oid }) => oid)])
      await expectOwnNames(session, some)
      values.push(...(await readSequenceValues(session, names)))
    })
  }
  return values
}

async function expectOwnNames(
  session: Session,
  sequences: readonly Pick<Sequence, 'oid' | 'name'>[],
): Promise<void> {
  const [replaced] = await session.query<TableName & Record<string, unknown>>(REPLACED_SEQUENCES_SQL, [
    sequences.map(({ oid }) => oid),
    sequences.map(({ name }) => name.schema),
    sequences.map(({ name }) => name.name),
  ])
  if (replaced !== undefined) throw replacedSequence(session, replaced)
}

/** The function takes a lock, which a rename or DROP waits for. */
const LOCK_SEQUENCES_SQL = `
SELECT count(pg_catalog.pg_sequence_last_value(s)) FROM pg_catalog.unnest($1::oid[]) AS s`

const REPLACED_SEQUENCES_SQL = `
SELECT s.schema, s.name FROM unnest($1::oid[], $2::text[], $3::text[]) AS s (oid, schema, name)
WHERE NOT EXISTS (
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = s.oid AND c.relkind = 'S' AND c.relname = s.name AND n.nspname = s.schema
)`

function replacedSequence({ database }: Session, name: TableName): FailedError {
  return new FailedError(
    `${database}: sequence ${displayName(name)} was renamed or replaced while it was being read`,
    {
      hint: 'Nothing has changed in the target. Run again when the migration is done.',
    },
  )
}

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
