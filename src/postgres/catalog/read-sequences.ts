import type { TableName } from '../../core/table-name.ts'
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

function* chunksOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
