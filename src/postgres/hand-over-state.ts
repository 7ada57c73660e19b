import { OWN_SCHEMAS } from './catalog/list-relations.ts'
import { literal } from './identifiers.ts'

/** How the state that the role `owner` has made comes to belong to `role`. A GRANT of the schemas alone would not do. */
export function adviseHandOver(role: string, owner: string): string {
  return `Use ${owner} again. Or hand all over, as a superuser: ${handOverSql(role)} Or start again, as ${owner}: DROP SCHEMA ${OWN_SCHEMAS.join(', ')} CASCADE; which costs one full run, the history of runs and what rollback needs.`
}

/** One statement that gives a role the schemas of mbsync and their tables, which sequences, indexes and row types follow. */
export function handOverSql(role: string): string {
  const [to, schemas] = [literal(role), OWN_SCHEMAS.map(literal).join(', ')]
  return `DO $$ DECLARE step text; BEGIN FOR step IN SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, ${to}) FROM pg_namespace WHERE nspname IN (${schemas}) UNION ALL SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, ${to}) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN (${schemas}) LOOP EXECUTE step; END LOOP; END $$;`
}
