import { displayName, type TableName } from '../../core/table-name.ts'
import type { Session } from '../../postgres/session.ts'

/**
 * Digests of everything that a load removes from tables and restores, without object ids: columns, constraints, indexes and triggers of each
 * table, with their definitions, comments and settings. If they are equal before and after, nothing was lost.
 */
export type Shape = ReadonlyMap<string, string>

/** Reads the shape of relations. Call it under mbsync's own search path. */
export async function readShape(session: Session, relationOids: readonly number[]): Promise<Shape> {
  const rows = await session.query<{ kind: string; digest: string } & TableName & Record<string, unknown>>(
    SHAPE_SQL,
    [relationOids],
  )
  return new Map(
    rows.map(({ kind, digest, schema, name }) => [`${kind} of ${displayName({ schema, name })}`, digest]),
  )
}

/** In which part two shapes differ, such as "an index of public.t"; undefined if they do not. */
export function differingPart(before: Shape, after: Shape): string | undefined {
  return [...before.keys(), ...after.keys()].find((part) => before.get(part) !== after.get(part))
}

/** Triggers of foreign keys have object ids in their names, so they are identified by their constraint. NO INHERIT means nothing of a foreign key. */
const SHAPE_SQL = `
WITH asked AS MATERIALIZED (SELECT unnest($1::oid[]) AS oid),
lines (kind, oid, line) AS (
  SELECT 'a setting', c.oid, jsonb_build_array('class', c.oid, c.relreplident, c.reloptions, c.relacl::text)
    FROM asked JOIN pg_class c USING (oid)
  UNION ALL SELECT 'a column', attrelid, jsonb_build_array('attribute', attrelid, attnum, attname, attnotnull, attstattarget, attoptions, attacl::text)
    FROM asked JOIN pg_attribute a ON attrelid = asked.oid AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT 'a constraint', k.conrelid, jsonb_build_array('constraint', k.conrelid, k.confrelid, k.conname, k.contype, pg_get_constraintdef(k.oid), k.condeferrable,
      k.condeferred, k.convalidated, k.conislocal, k.coninhcount, CASE WHEN k.contype <> 'f' THEN k.connoinherit END, k.conparentid <> 0, obj_description(k.oid, 'pg_constraint'))
    FROM pg_constraint k WHERE k.conrelid IN (SELECT oid FROM asked) OR k.confrelid IN (SELECT oid FROM asked)
  UNION ALL SELECT 'an index', i.indrelid, jsonb_build_array('index', i.indrelid, n.nspname, x.relname, pg_get_indexdef(x.oid), pg_get_userbyid(x.relowner), x.reltablespace,
      x.reloptions, x.relpersistence, i.indisunique, i.indisprimary, i.indisexclusion, i.indimmediate, i.indisclustered, i.indisvalid, i.indisready,
      i.indislive, i.indisreplident, obj_description(x.oid, 'pg_class'),
      (SELECT jsonb_agg(jsonb_build_array(a.attname, a.attstattarget, a.attoptions) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = x.oid))
    FROM asked JOIN pg_index i ON i.indrelid = asked.oid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace
  UNION ALL SELECT 'a trigger', t.tgrelid, jsonb_build_array('trigger', t.tgrelid, CASE WHEN NOT t.tgisinternal THEN t.tgname END, k.conname, k.conrelid, t.tgfoid, t.tgtype, t.tgenabled,
      t.tgdeferrable, t.tginitdeferred, CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END, obj_description(t.oid, 'pg_trigger'))
    FROM asked JOIN pg_trigger t ON t.tgrelid = asked.oid LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
)
SELECT l.kind, n.nspname AS schema, c.relname AS name,
  encode(sha256(convert_to(string_agg(l.line::text, ',' ORDER BY l.line::text COLLATE "C"), 'UTF8')), 'hex') AS digest
FROM lines l JOIN pg_class c ON c.oid = l.oid JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY 1, 2, 3`
