import { NEW_KEYWORDS } from '../../core/new-names.ts'
import { literal } from '../../postgres/identifiers.ts'

/** SQL for a qualified, quoted name that is the same on servers of all versions: a keyword of any of them has quotes. */
export function qualifiedName(schema: string, name: string): string {
  return `${quotedName(schema)} || '.' || ${quotedName(name)}`
}

/** SQL for one quoted name that is the same on servers of all versions. */
export function quotedName(name: string): string {
  const keywords = [...NEW_KEYWORDS].map(literal).join(', ')
  return `CASE WHEN ${name} IN (${keywords}) THEN '"' || ${name} || '"' ELSE quote_ident(${name}) END`
}

/** SQL for the qualified, quoted name of a collation, from its OID. */
export function collationName(oid: string): string {
  return `(SELECT ${qualifiedName('cn.nspname', 'cc.collname')} FROM pg_collation cc JOIN pg_namespace cn ON cn.oid = cc.collnamespace WHERE cc.oid = ${oid})`
}

/**
 * SQL for the identity of a function or procedure in COMMENT ON, with only the types of its arguments, because their names may change.
 * Arguments of a procedure have their modes: without these, a procedure with an output argument could be confused with another one.
 */
export function routineName(procedure: string, schema: string): string {
  const name = qualifiedName(`${schema}.nspname`, `${procedure}.proname`)
  const given = `(SELECT string_agg(format_type(g.type, NULL), ', ' ORDER BY g.number) FROM unnest(${procedure}.proargtypes) WITH ORDINALITY AS g (type, number))`
  const all = `(SELECT string_agg(CASE g.mode WHEN 'i' THEN 'IN ' WHEN 'o' THEN 'OUT ' WHEN 'b' THEN 'INOUT ' WHEN 'v' THEN 'VARIADIC ' END
      || format_type(g.type, NULL), ', ' ORDER BY g.number)
    FROM unnest(${procedure}.proallargtypes, ${procedure}.proargmodes) WITH ORDINALITY AS g (type, mode, number))`
  return `CASE ${procedure}.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || ${name} || '('
    || coalesce(CASE WHEN ${procedure}.prokind = 'p' AND ${procedure}.proallargtypes IS NOT NULL THEN ${all} ELSE ${given} END, '') || ')'`
}

/** SQL for the qualified name of an operator as definitions have it, from its OID; NULL for none. */
export function operatorName(oid: string): string {
  return `(SELECT 'OPERATOR(' || quote_ident(opn.nspname) || '.' || op.oprname || ')'
    FROM pg_operator op JOIN pg_namespace opn ON opn.oid = op.oprnamespace WHERE op.oid = ${oid})`
}

/** SQL for the name of a function, from its OID; NULL for none. */
export function functionName(oid: string): string {
  return `nullif(${oid}::regproc::text, '-')`
}
