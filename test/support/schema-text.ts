import type pg from 'pg'

/** Everything that is defined on the tables of users, in PostgreSQL's own words, one line each: what a load must leave as it was. */
export async function readSchemaText(client: pg.Client): Promise<string[]> {
  await client.query("SET search_path = ''")
  const { rows } = await client.query<{ line: string }>(SCHEMA_SQL)
  return rows.map(({ line }) => line)
}

const OWN = `n.nspname !~ '^(pg_|mbsync|information_schema)'`

const SCHEMA_SQL = `
SELECT line FROM (
  SELECT concat_ws(' | ', 'index', n.nspname, c.relname, pg_get_indexdef(c.oid), i.indisclustered, i.indisreplident, i.indisvalid, i.indimmediate,
    c.reloptions, c.reltablespace, pg_get_userbyid(c.relowner), obj_description(c.oid, 'pg_class'),
    (SELECT string_agg(a.attstattarget::text, ',' ORDER BY attnum) FROM pg_attribute a WHERE a.attrelid = c.oid)) AS line
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN}
  UNION ALL
  SELECT concat_ws(' | ', 'constraint', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated, k.conislocal, k.coninhcount,
    obj_description(k.oid, 'pg_constraint'))
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN}
  UNION ALL
  SELECT concat_ws(' | ', 'trigger', c.oid::regclass, coalesce(pg_get_triggerdef(t.oid), ''), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN} AND NOT t.tgisinternal
  UNION ALL
  SELECT concat_ws(' | ', 'enforcing', c.oid::regclass, k.conname, t.tgfoid::regproc, t.tgenabled)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_constraint k ON k.oid = t.tgconstraint
  WHERE ${OWN} AND t.tgisinternal
  UNION ALL
  SELECT concat_ws(' | ', 'table', c.oid::regclass, c.relreplident, c.relacl, c.relpersistence,
    (SELECT string_agg(concat_ws(' ', a.attname, a.attnotnull, a.attstattarget, a.attidentity), ',' ORDER BY attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OWN} AND c.relkind IN ('r', 'p')
) AS lines ORDER BY line COLLATE "C"`
