/** Nodes of expressions that compute by themselves, or by the functions and operators that they name. Their names differ between versions. */
const HARMLESS_NODES =
  `{ARRAY,ARRAYCOERCEEXPR,ARRAYEXPR,BOOLEANTEST,BOOLEXPR,CASE,CASEEXPR,CASETESTEXPR,CASEWHEN,COALESCE,
  COALESCEEXPR,COERCETODOMAINVALUE,COLLATEEXPR,CONST,DISTINCTEXPR,FIELDSELECT,FUNCEXPR,MINMAX,MINMAXEXPR,NAMEDARGEXPR,NULLIFEXPR,
  NULLTEST,OPEXPR,RELABELTYPE,ROW,ROWEXPR,SCALARARRAYOPEXPR,SQLVALUEFUNCTION,SUBSCRIPTINGREF,VAR,WHEN}`.replaceAll(
    /\s+/g,
    '',
  )

/**
 * SQL that is true for a stored expression (of type pg_node_tree) that may call another function than an immutable one of PostgreSQL itself:
 * a function of users, of an extension, or one that may do more than compute (query_to_xml() runs any SQL, and no dependency shows it). It is
 * asked where the author of the expression is not trusted at all, so what is not known to be harmless counts: each kind of node but those
 * above (a cast to a domain calls what the domain checks, and JSON_VALUE casts without any node for it), and each type of users but those of
 * columns, which are looked at by themselves (an index calls the functions of a range type). What trusted authors may call: read-foreign-code.ts.
 */
export function callsOthersSql(expression: string): string {
  return `(EXISTS (
    SELECT FROM regexp_matches(${expression}::text, '\\{([A-Z]+)', 'g') AS node (names)
    WHERE node.names[1] <> ALL ('${HARMLESS_NODES}'::text[]))
  OR EXISTS (
    SELECT FROM regexp_matches(${expression}::text, ':(?!var)\\w*type(?:id|Id)? (\\d+)', 'g') AS used (ids)
    CROSS JOIN LATERAL (SELECT * FROM pg_type AS named WHERE named.oid = used.ids[1]::oid OFFSET 0) AS t
    LEFT JOIN LATERAL (SELECT * FROM pg_type AS named WHERE named.oid = t.typelem OFFSET 0) AS element ON true
    WHERE t.typtype IN ('c', 'd', 'm', 'r') AND t.typnamespace <> 'pg_catalog'::regnamespace
      OR element.typtype IN ('c', 'd', 'm', 'r') AND element.typnamespace <> 'pg_catalog'::regnamespace)
  OR EXISTS (
    SELECT FROM regexp_matches(${expression}::text, ':(?:funcid|opno|aggfnoid|winfnoid) (\\d+)', 'g') AS called (ids)
    LEFT JOIN LATERAL (SELECT * FROM pg_operator AS named WHERE named.oid = called.ids[1]::oid OFFSET 0) AS o ON true
    JOIN pg_proc AS p ON p.oid IN (called.ids[1]::oid, o.oprcode::oid)
    WHERE p.provolatile <> 'i' OR p.pronamespace <> 'pg_catalog'::regnamespace))`
}
