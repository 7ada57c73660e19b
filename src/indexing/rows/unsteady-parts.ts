import type { Session } from '../../postgres/session.ts'

/** Finds a function whose result depends on more than its arguments and settings that mbsync pins. */
export async function findUnsteadyFunction(
  session: Session,
  oids: readonly number[],
): Promise<string | undefined> {
  const [found] = await session.query<{ name: string }>(
    `SELECT proname::text AS name FROM pg_proc
     WHERE oid = ANY ($1::oid[]) AND (oid >= 16384 OR provolatile <> 'i' AND (provolatile <> 's' OR proname <> ALL ($2::name[])))
     ORDER BY 1 LIMIT 1`,
    [oids, STEADY],
  )
  return found && `its query calls ${found.name}()`
}

/**
 * Built-in functions that PostgreSQL calls stable, as they depend on settings which mbsync pins, or on functions of the types of their arguments. Those that know
 * the time, the user or the catalog are not among them; neither is what reads a text that may say `now` or `today`.
 */
const STEADY = [
  'row_to_json to_json to_jsonb array_to_json json_build_object jsonb_build_object json_build_array jsonb_build_array',
  'json_agg jsonb_agg json_object_agg jsonb_object_agg json_agg_strict jsonb_agg_strict json_object_agg_strict jsonb_object_agg_strict',
  'json_object_agg_unique jsonb_object_agg_unique json_object_agg_unique_strict jsonb_object_agg_unique_strict',
  'convert_to convert_from concat concat_ws format array_to_string quote_literal quote_nullable to_char extract date_part date_trunc timezone',
  'date timestamp timestamptz time timetz text_concat anytextcat textanycat',
  'timestamptz_pl_interval timestamptz_mi_interval interval_pl_timestamptz generate_series',
  'date_eq_timestamptz date_ne_timestamptz date_lt_timestamptz date_le_timestamptz date_gt_timestamptz date_ge_timestamptz date_cmp_timestamptz',
  'timestamptz_eq_date timestamptz_ne_date timestamptz_lt_date timestamptz_le_date timestamptz_gt_date timestamptz_ge_date timestamptz_cmp_date',
  'timestamp_eq_timestamptz timestamp_ne_timestamptz timestamp_lt_timestamptz timestamp_le_timestamptz timestamp_gt_timestamptz timestamp_ge_timestamptz',
  'timestamptz_eq_timestamp timestamptz_ne_timestamp timestamptz_lt_timestamp timestamptz_le_timestamp timestamptz_gt_timestamp timestamptz_ge_timestamp',
].flatMap((names) => names.split(' '))

/**
 * Finds a type whose values may have another text although nothing has written them. Otherwise the definitions of all user-defined types that these
 * are made of, with the transactions that wrote them.
 * @param readTypes types that text is turned into
 * @returns why, or the definitions
 */
export async function findUnsteadyType(
  session: Session,
  types: readonly number[],
  readTypes: readonly number[],
): Promise<string | { readonly definitions: unknown }> {
  const rows = await session.query<{ name: string; isUnsteady: boolean; definition: string | null }>(
    TYPES_SQL,
    [types, readTypes],
  )
  const unsteady = rows.find(({ isUnsteady }) => isUnsteady)
  if (unsteady !== undefined) return `its query uses the type ${unsteady.name}`
  return {
    definitions: rows.flatMap(({ name, definition }) => (definition === null ? [] : [[name, definition]])),
  }
}

/** Names of objects stand behind values of the types that begin with `reg`. Of the types of others, the text is made by functions in C, as those of extensions. */
const TYPES_SQL = `
WITH RECURSIVE used AS (
  SELECT oid FROM unnest($1::oid[]) AS t (oid)
  UNION
  SELECT part.oid FROM used AS u JOIN pg_type AS t ON t.oid = u.oid CROSS JOIN LATERAL (
    SELECT t.typelem UNION ALL SELECT t.typbasetype
    UNION ALL SELECT a.atttypid FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped AND t.typrelid <> 0
  ) AS part (oid) WHERE part.oid <> 0
)
SELECT format_type(t.oid, NULL) AS name,
  CASE
    WHEN t.oid = ANY ($2::oid[]) AND NOT (t.typtype = 'e' OR t.typname IN ('json', 'jsonb') OR i.provolatile = 'i') THEN true
    WHEN t.oid < 16384 THEN t.typname ~ '^_?reg'
    WHEN t.typtype IN ('e', 'd', 'c') OR t.typcategory = 'A' THEN false
    ELSE t.typtype <> 'b' OR o.provolatile <> 'i' OR l.lanname <> 'c'
  END OR EXISTS (SELECT FROM pg_cast AS k WHERE t.oid >= 16384 AND k.castsource = t.oid AND k.casttarget IN ('json'::regtype, 'jsonb'::regtype)) AS "isUnsteady",
  CASE WHEN t.oid >= 16384 THEN concat_ws(' ', t.oid, t.xmin, o.oid, o.xmin,
    (SELECT string_agg(concat_ws(' ', e.oid, e.xmin), ',' ORDER BY e.oid) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
    (SELECT string_agg(concat_ws(' ', a.attnum, a.xmin), ',' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND t.typrelid <> 0),
    (SELECT string_agg(concat_ws(' ', x.oid, x.extversion), ',') FROM pg_depend AS d JOIN pg_extension AS x ON x.oid = d.refobjid
     WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.refclassid = 'pg_extension'::regclass)) END AS definition
FROM used JOIN pg_type AS t ON t.oid = used.oid JOIN pg_proc AS o ON o.oid = t.typoutput JOIN pg_proc AS i ON i.oid = t.typinput
  JOIN pg_language AS l ON l.oid = o.prolang
ORDER BY t.oid`
