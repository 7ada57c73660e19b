/**
 * SQL that is true for a stored expression (of type pg_node_tree) that calls another function than an immutable one of PostgreSQL itself:
 * a function of users, of an extension, or one that may do more than compute (query_to_xml() runs any SQL, and no dependency shows it).
 * A cast to a domain calls what the domain checks, and one by text what the type's input calls.
 */
export function callsOthersSql(expression: string): string {
  return `(${expression}::text ~ '\\{(COERCETODOMAIN|COERCEVIAIO) ' OR EXISTS (
    SELECT FROM regexp_matches(${expression}::text, ':(?:funcid|opno|aggfnoid|winfnoid) (\\d+)', 'g') AS called (ids)
    LEFT JOIN pg_operator AS o ON o.oid = called.ids[1]::oid
    JOIN pg_proc AS p ON p.oid IN (called.ids[1]::oid, o.oprcode::oid)
    WHERE p.provolatile <> 'i' OR p.pronamespace <> 'pg_catalog'::regnamespace))`
}
