import type { Session } from '../../postgres/session.ts'

/**
 * A digest of everything that a load removes from tables and restores, without object ids: columns, constraints, indexes and triggers, with
 * their definitions, comments and settings. If it is equal before and after, nothing was lost. Call it under mbsync's own search path.
 */
export async function readShape(session: Session, relationOids: readonly number[]): Promise<string> {
  const { shape } = await session.queryOne<{ shape: string }>(SHAPE_SQL, [relationOids])
  return shape
}

/** Triggers of foreign keys have object ids in their names, so they are identified by their constraint. */
const SHAPE_SQL = `
WITH asked AS MATERIALIZED (SELECT unnest($1::oid[]) AS oid),
lines (line) AS (
  SELECT jsonb_build_array('class', c.oid, c.relreplident, c.reloptions, c.relacl::text)
    FROM asked JOIN pg_class c USING (oid)
  UNION ALL SELECT jsonb_build_array('attribute', attrelid, attnum, attname, attnotnull, attstattarget, attoptions, attacl::text)
    FROM asked JOIN pg_attribute a ON attrelid = asked.oid AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT jsonb_build_array('constraint', k.conrelid, k.confrelid, k.conname, k.contype, pg_get_constraintdef(k.oid), k.condeferrable,
      k.condeferred, k.convalidated, k.conislocal, k.coninhcount, k.connoinherit, k.conparentid <> 0, obj_description(k.oid, 'pg_constraint'))
    FROM pg_constraint k WHERE k.conrelid IN (SELECT oid FROM asked) OR k.confrelid IN (SELECT oid FROM asked)
  UNION ALL SELECT jsonb_build_array('index', i.indrelid, n.nspname, x.relname, pg_get_indexdef(x.oid), pg_get_userbyid(x.relowner), x.reltablespace,
      x.reloptions, x.relpersistence, i.indisunique, i.indisprimary, i.indisexclusion, i.indimmediate, i.indisclustered, i.indisvalid, i.indisready,
      i.indislive, i.indisreplident, obj_description(x.oid, 'pg_class'),
      (SELECT jsonb_agg(jsonb_build_array(a.attname, a.attstattarget, a.attoptions) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = x.oid))
    FROM asked JOIN pg_index i ON i.indrelid = asked.oid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace
  UNION ALL SELECT jsonb_build_array('trigger', t.tgrelid, CASE WHEN NOT t.tgisinternal THEN t.tgname END, k.conname, k.conrelid, t.tgfoid, t.tgtype, t.tgenabled,
      t.tgdeferrable, t.tginitdeferred, CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END, obj_description(t.oid, 'pg_trigger'))
    FROM asked JOIN pg_trigger t ON t.tgrelid = asked.oid LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
)
SELECT encode(sha256(convert_to(coalesce(string_agg(line::text, ',' ORDER BY line::text COLLATE "C"), ''), 'UTF8')), 'hex') AS shape
FROM lines`
