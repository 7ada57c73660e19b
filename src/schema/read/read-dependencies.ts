import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'

/** The dependencies between objects of a database, according to `pg_depend`. A column counts as its table. */
export interface Dependencies {
  /** The extension that has created the object, and will create it again. */
  extensionOf(id: ObjectId): ObjectId | undefined
  /** What the object refers to. */
  of(id: ObjectId): readonly Dependency[]
  /**
   * Whether a part of an object (a default, a check) needs something that needs the object. It then cannot be created with the object. An
   * example is a default that calls a function which takes a row of the table.
   */
  isCircular(part: ObjectId, whole: ObjectId): boolean
  /** Whether an object needs another, directly or through others. */
  isNeededBy(other: ObjectId, id: ObjectId): boolean
}

/** One reference of an object to another. */
export interface Dependency {
  readonly to: ObjectId
  /** `pg_depend.deptype`: `n` normal, `a` automatic, `i` internal, `S` of a partition, `e` of an extension, `x` dropped with it. */
  readonly type: string
}

/** Reads the dependencies of everything that did not come with the server. */
export async function readDependencies(session: Session): Promise<Dependencies> {
  const all = await readReferences(session)
  const of = (id: ObjectId): readonly Dependency[] => all(id).filter(({ type }) => type !== PART)
  const neededBy = (id: ObjectId) => all(id).map(({ to }) => to)
  return {
    of,
    extensionOf: (id) => of(id).find(({ type }) => type === 'e')?.to,
    isNeededBy: (other, id) => reaches(neededBy, [id], other),
    isCircular: (part, whole) =>
      reaches(
        neededBy,
        neededBy(part).filter((id) => id !== whole),
        whole,
      ),
  }
}

/**
 * There are many times more references than objects, and most are looked at once: so they stay text until then. Numbers take less memory than ids, of which the
 * tables of a database have thousands.
 */
async function readReferences(session: Session): Promise<(id: ObjectId) => Dependency[]> {
  const texts = new Map<string, Map<number, string>>()
  await session.queryEach(DEPENDENCIES_SQL, [], ({ catalog, oid, references }: DependencyRow) => {
    const known = texts.get(catalog)
    if (known === undefined) texts.set(catalog, new Map([[oid, references]]))
    else known.set(oid, references)
  })
  return (id) => {
    const end = id.indexOf(':')
    // Objects that are no row of a catalog have more than a number there, and no references.
    const text = texts.get(id.slice(0, end))?.get(Number(id.slice(end + 1)))
    return text?.split(' ').map(toReference) ?? []
  }
}

interface DependencyRow extends Record<string, unknown> {
  readonly catalog: string
  readonly oid: number
  readonly references: string
}

function toReference(text: string): Dependency {
  return { type: text.slice(0, 1), to: text.slice(1) }
}

function reaches(
  neededBy: (id: ObjectId) => readonly ObjectId[],
  from: readonly ObjectId[],
  to: ObjectId,
): boolean {
  const seen = new Set<ObjectId>()
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...neededBy(id))
  }
  return false
}

/** Of a reference to a part of the object itself. */
const PART = '+'

/**
 * A sequence refers to the table that it is dropped with, but is created before it. The index of a partition refers to that of the
 * partitioned table, to which it is attached afterwards. Parts of an object refer to it, and it needs what they need. Nothing refers to a TOAST table, and to
 * the row type of most tables nothing but its array type: of thousands of tables, these would be two of five references.
 */
const DEPENDENCIES_SQL = `
WITH dependency (class, object, type, to_class, to_object) AS (
  SELECT DISTINCT d.classid, d.objid, d.deptype, d.refclassid, d.refobjid
  FROM pg_depend d
  LEFT JOIN pg_class s ON d.classid = 'pg_class'::regclass AND s.oid = d.objid
    AND (s.relkind = 'S' OR s.relnamespace = 'pg_toast'::regnamespace)
  LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND d.deptype = 'i' AND t.oid = d.objid
  WHERE d.objid >= 16384 AND d.deptype NOT IN ('p', 'P') AND (d.classid, d.objid) <> (d.refclassid, d.refobjid)
    AND (s.oid IS NULL OR s.relkind = 'S' AND d.deptype <> 'a')
    AND (t.oid IS NULL OR EXISTS (SELECT FROM pg_depend r
      WHERE r.refclassid = 'pg_type'::regclass AND r.refobjid IN (t.oid, t.typarray) AND (r.classid, r.objid) <> ('pg_type'::regclass, t.typarray)))
  UNION ALL
  SELECT 'pg_class'::regclass, ev_class, '${PART}', 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE rulename = '_RETURN' AND ev_class >= 16384
  UNION ALL
  SELECT 'pg_class'::regclass, adrelid, '${PART}', 'pg_attrdef'::regclass, oid FROM pg_attrdef
  UNION ALL
  SELECT 'pg_class'::regclass, conrelid, '${PART}', 'pg_constraint'::regclass, oid FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
  UNION ALL
  SELECT 'pg_type'::regclass, contypid, '${PART}', 'pg_constraint'::regclass, oid FROM pg_constraint WHERE contypid <> 0
)
SELECT k.relname AS catalog, d.object AS oid, string_agg(d.type::text || r.relname || ':' || d.to_object, ' ') AS references
FROM dependency d JOIN pg_class k ON k.oid = d.class JOIN pg_class r ON r.oid = d.to_class
GROUP BY d.class, d.object, k.relname`
