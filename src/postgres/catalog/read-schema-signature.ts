import type { Session } from '../session.ts'
import { OWN_SCHEMAS } from './list-relations.ts'

/**
 * A short text that stays the same as long as nothing has changed in the definitions of the given relations and of user-defined types.
 * Every change of a definition writes a new version of a catalog row, which has another xmin; new and removed rows show by themselves.
 * VACUUM and ANALYZE overwrite their figures in pg_class in place. Costs a small part of reading the definitions.
 */
export async function readSchemaSignature(
  session: Session,
  relationOids: readonly number[],
): Promise<string> {
  const { signature } = await session.queryOne<{ signature: string }>(SIGNATURE_SQL, [
    relationOids,
    OWN_SCHEMAS,
  ])
  return signature
}

const SIGNATURE_SQL = `
WITH asked AS MATERIALIZED (SELECT unnest($1::oid[]) AS oid),
versions (line) AS (
  SELECT concat_ws(' ', 'class', c.oid, c.xmin, n.oid, n.xmin)
    FROM asked JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
  UNION ALL SELECT concat_ws(' ', 'attribute', attrelid, attnum, a.xmin)
    FROM asked JOIN pg_attribute a ON attrelid = asked.oid AND attnum > 0
  UNION ALL SELECT concat_ws(' ', 'default', d.oid, d.xmin) FROM asked JOIN pg_attrdef d ON adrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'constraint', k.oid, k.xmin) FROM asked JOIN pg_constraint k ON conrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'referenced', k.oid, k.xmin) FROM pg_constraint k
    WHERE contype = 'f' AND confrelid IN (SELECT oid FROM asked)
  UNION ALL SELECT concat_ws(' ', 'index', indexrelid, i.xmin) FROM asked JOIN pg_index i ON indrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'trigger', t.oid, t.xmin) FROM asked JOIN pg_trigger t ON tgrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'rule', r.oid, r.xmin) FROM asked JOIN pg_rewrite r ON ev_class = asked.oid
  UNION ALL SELECT concat_ws(' ', 'policy', p.oid, p.xmin) FROM asked JOIN pg_policy p ON polrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'inherits', inhrelid, inhparent, i.xmin) FROM pg_inherits i
    WHERE inhrelid IN (SELECT oid FROM asked) OR inhparent IN (SELECT oid FROM asked)
  UNION ALL SELECT concat_ws(' ', 'partitioned', partrelid, p.xmin)
    FROM asked JOIN pg_partitioned_table p ON partrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'sequence', seqrelid, s.xmin) FROM asked JOIN pg_sequence s ON seqrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'published', p.oid, p.xmin) FROM asked JOIN pg_publication_rel p ON prrelid = asked.oid
  UNION ALL SELECT concat_ws(' ', 'publication', oid, xmin) FROM pg_publication
  UNION ALL SELECT concat_ws(' ', 'type', t.oid, t.xmin)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r') AND n.nspname <> 'pg_catalog' AND n.nspname <> ALL ($2::text[])
  UNION ALL SELECT concat_ws(' ', 'domain', oid, xmin) FROM pg_constraint WHERE contypid <> 0
  UNION ALL SELECT concat_ws(' ', 'label', oid, xmin) FROM pg_enum
  UNION ALL SELECT concat_ws(' ', 'part', a.attrelid, a.attnum, a.xmin)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'c'
)
SELECT encode(sha256(convert_to(coalesce(string_agg(line, ',' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') AS signature
FROM versions`
