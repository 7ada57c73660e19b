/**
 * Gives a script the search path that its session has in the database that it is restored into, as functions there name things by it; without the schemas
 * in which a role can plant objects that could not become the current one anyway (the rule is that of `postgres/user-path.ts`).
 * While the whole path is set, all names are qualified, operators included. Nothing of it comes from the source of the dump. The text must stay
 * as it is, since dumps are compared with it.
 */
export function userPathLines(): string[] {
  return linesFor(`(${SAFE_PATH})`)
}

/** The same for scripts that define objects, in whose statements names of `pg_catalog` are not qualified: it comes first. */
export function definingPathLines(): string[] {
  return linesFor(`pg_catalog.concat_ws(', ', 'pg_catalog', (${SAFE_PATH}))`)
}

function linesFor(path: string): string[] {
  return ['RESET search_path;', `SELECT pg_catalog.set_config('search_path', ${path}, false);`]
}

const EQUALS = 'OPERATOR(pg_catalog.=)'

/** Whether a role that can log in, and could not become the current one, can become that of `roleOid`, or any (0). */
function isOpenTo(roleOid: string): string {
  return `EXISTS (SELECT FROM pg_catalog.pg_roles AS l WHERE l.rolcanlogin AND NOT pg_catalog.pg_has_role(l.oid, e.oid, 'MEMBER')
    AND (${roleOid} ${EQUALS} 0 OR pg_catalog.pg_has_role(l.oid, ${roleOid}, 'MEMBER')))`
}

const SAFE_PATH = `SELECT pg_catalog.concat_ws(', ', pg_catalog.string_agg(pg_catalog.quote_ident(s.name), ', ' ORDER BY s.at), 'pg_temp')
FROM pg_catalog.unnest(pg_catalog.current_schemas(true)) WITH ORDINALITY AS s (name, at)
JOIN pg_catalog.pg_namespace AS n ON n.nspname ${EQUALS} s.name
JOIN pg_catalog.pg_roles AS e ON e.rolname ${EQUALS} current_user
WHERE n.nspname ${EQUALS} 'pg_catalog' OR NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_')
  AND NOT ${isOpenTo('n.nspowner')}
  AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) AS a WHERE a.privilege_type ${EQUALS} 'CREATE' AND ${isOpenTo('a.grantee')})
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.pronamespace ${EQUALS} n.oid AND ${isOpenTo('p.proowner')})
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_operator AS o WHERE o.oprnamespace ${EQUALS} n.oid AND ${isOpenTo('o.oprowner')})`
