import { FailedError } from '../../core/errors.ts'
import { settledInOrder } from '../../core/settled-in-order.ts'
import { type ReadonlyTableMap, TableMap } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { relation } from '../identifiers.ts'
import { batchesOf } from '../in-batches.ts'
import type { Session } from '../session.ts'

/** Where a sequence stands. Values are kept as text: they may exceed what a JavaScript number holds. */
export interface SequenceValue {
  readonly lastValue: string
  readonly isCalled: boolean
}

/** A sequence with its definition and the columns that use it. */
export interface Sequence {
  readonly oid: number
  readonly name: TableName
  readonly columns: readonly SequenceColumn[]
  readonly type: string
  readonly minimum: string
  readonly maximum: string
  /** Negative for a sequence that counts down. */
  readonly increment: string
  readonly canUseSchema: boolean
  /** Whether its position may be read; false where its schema may not be used. */
  readonly canSelect: boolean
  /** Whether `setval()` may be called on it. */
  readonly canUpdate: boolean
  readonly isOwner: boolean
}

/** A column that owns a sequence, or whose default takes its numbers from one, or both. An identity column does both. */
export interface SequenceColumn {
  readonly tableOid: number
  readonly table: TableName
  readonly column: string
  readonly isOwner: boolean
  readonly isDefault: boolean
}

/** Reads the definitions of the given sequences. */
export async function readSequences(session: Session, oids: readonly number[]): Promise<Sequence[]> {
  if (oids.length === 0) return []
  const rows = await session.query<SequenceRow>(SEQUENCES_SQL, [oids])
  return rows.map(({ schema, relname, ...row }) => ({ name: { schema, name: relname }, ...row }))
}

/** Those of the given names that are there. */
export async function readSequencesByName(
  session: Session,
  names: readonly TableName[],
): Promise<ReadonlyTableMap<Sequence>> {
  if (names.length === 0) return new TableMap()
  const oids = await session.query<{ oid: number }>(
    `SELECT c.oid AS oid FROM unnest($1::text[], $2::text[]) AS s (schema, name)
     JOIN pg_namespace n ON n.nspname = s.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.name
     WHERE c.relkind = 'S'`,
    [names.map(({ schema }) => schema), names.map(({ name }) => name)],
  )
  const found = await readSequences(
    session,
    oids.map(({ oid }) => oid),
  )
  return new TableMap(found.map((sequence) => [sequence.name, sequence]))
}

type SequenceRow = Omit<Sequence, 'name'> & {
  readonly schema: string
  readonly relname: string
} & Record<string, unknown>

/**
 * A default depends on the sequences that it names as a regclass, and so does that of a domain. A function that a default calls may have the name in its text:
 * with its schema, or of a sequence in the schema of the function or the table. So may that of a trigger which gives a new row its number.
 */
const SEQUENCES_SQL = `
WITH called (function, name) AS (
  SELECT p.oid, found.names[1] FROM pg_proc p CROSS JOIN LATERAL regexp_matches(p.prosrc, 'nextval\\s*\\(\\s*''([^'']+)''', 'gi') AS found (names)
  WHERE p.oid IN (SELECT refobjid FROM pg_depend WHERE classid = 'pg_attrdef'::regclass AND refclassid = 'pg_proc'::regclass)
), assigned (function, name, "column") AS (
  SELECT p.oid, coalesce(found.names[2], found.names[3]), coalesce(found.names[1], found.names[4])
  FROM pg_proc p CROSS JOIN LATERAL regexp_matches(p.prosrc,
    'new\\.("[^"]+"|\\w+)\\s*:?=[^;]*nextval\\s*\\(\\s*''([^'']+)''|nextval\\s*\\(\\s*''([^'']+)''[^;]*\\minto\\s+(?:strict\\s+)?new\\.("[^"]+"|\\w+)', 'gi') AS found (names)
  WHERE p.prorettype = 'trigger'::regtype AND p.prosrc ~* 'nextval'
), named (schema, relation, number, name) AS (
  SELECT p.pronamespace, f.adrelid, f.adnum, called.name
    FROM called JOIN pg_proc p ON p.oid = called.function
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
    JOIN pg_attrdef f ON f.oid = d.objid
  UNION ALL
  SELECT p.pronamespace, t.tgrelid, a.attnum, assigned.name
    FROM assigned JOIN pg_proc p ON p.oid = assigned.function
    JOIN pg_trigger t ON t.tgfoid = p.oid AND t.tgtype::int & 7 = 7
    JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attname = CASE WHEN starts_with(assigned."column", '"') THEN trim(assigned."column", '"') ELSE lower(assigned."column") END
), uses (sequence, relation, number, "isOwner", "isDefault") AS (
  SELECT d.objid, d.refobjid, d.refobjsubid, true, d.deptype = 'i'
    FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = ANY ($1::oid[]) AND d.refclassid = 'pg_class'::regclass
      AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  UNION ALL
  SELECT d.refobjid, f.adrelid, f.adnum, false, true
    FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
    WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY ($1::oid[])
  UNION ALL
  SELECT d.refobjid, a.attrelid, a.attnum, false, true
    FROM pg_depend d JOIN pg_attribute a ON a.atttypid = d.objid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.atthasdef
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
    WHERE d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY ($1::oid[])
  UNION ALL
  SELECT s.oid, named.relation, named.number, false, true
    FROM named JOIN pg_class t ON t.oid = named.relation
    JOIN pg_class s ON s.oid = ANY ($1::oid[]) JOIN pg_namespace n ON n.oid = s.relnamespace
    WHERE named.name IN (format('%I.%I', n.nspname, s.relname), n.nspname || '.' || s.relname)
      OR named.name IN (quote_ident(s.relname), s.relname) AND s.relnamespace IN (named.schema, t.relnamespace)
),
used (sequence, columns) AS (
  SELECT sequence, json_agg(json_build_object('tableOid', relation::int8, 'table', json_build_object('schema', nspname, 'name', relname),
      'column', attname, 'isOwner', "isOwner", 'isDefault', "isDefault") ORDER BY nspname COLLATE "C", relname COLLATE "C", attnum)
  FROM (
    SELECT sequence, relation, number, bool_or("isOwner") AS "isOwner", bool_or("isDefault") AS "isDefault"
    FROM uses GROUP BY sequence, relation, number
  ) AS u
  JOIN pg_class c ON c.oid = u.relation
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = u.relation AND a.attnum = u.number
  GROUP BY sequence
)
SELECT c.oid AS oid, n.nspname AS schema, c.relname AS relname, coalesce(used.columns, '[]') AS columns,
  format_type(s.seqtypid, NULL) AS type, s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqincrement::text AS increment,
  has_schema_privilege(n.oid, 'USAGE') AS "canUseSchema",
  has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT') AS "canSelect",
  has_sequence_privilege(c.oid, 'UPDATE') AS "canUpdate",
  pg_has_role(c.relowner, 'USAGE') AS "isOwner"
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN used ON used.sequence = c.oid
WHERE c.oid = ANY ($1::oid[])
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`

/**
 * Reads where each sequence stands, in the order given. Sequences are not versioned: read after the snapshot was
 * taken, the values are never behind the rows.
 */
async function readSequenceValues(session: Session, names: readonly TableName[]): Promise<SequenceValue[]> {
  const values: SequenceValue[] = []
  for (const names100 of batchesOf(names, 100)) {
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
  for (const some of batchesOf(sequences, 100)) {
    await session.readingTransaction('BEGIN READ ONLY', async () => {
      values.push(...(await lockSequenceValues(session, some)))
    })
  }
  return values
}

/**
 * The same in a transaction that is open, which keeps the locks.
 * @throws FailedError if a sequence has been renamed or replaced
 */
export async function lockSequenceValues(
  session: Session,
  sequences: readonly Pick<Sequence, 'oid' | 'name'>[],
): Promise<SequenceValue[]> {
  if (sequences.length === 0) return []
  // One that was dropped cannot be locked, and one may be replaced while the lock is waited for.
  await settledInOrder([
    expectOwnNames(session, sequences),
    session.query(LOCK_SEQUENCES_SQL, [sequences.map(({ oid }) => oid)]),
    expectOwnNames(session, sequences),
  ])
  return readSequenceValues(
    session,
    sequences.map(({ name }) => name),
  )
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
