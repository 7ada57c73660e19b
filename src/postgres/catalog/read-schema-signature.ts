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

/** Scans that each read one catalog are planned sooner than joins. */
const SIGNATURE_SQL = `
WITH versions (line) AS (
  SELECT concat_ws(' ', 'class', c.oid, c.xmin, n.oid, n.xmin)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'attribute', attrelid, attnum, xmin) FROM pg_attribute WHERE attrelid = ANY ($1::oid[]) AND attnum > 0
  UNION ALL SELECT concat_ws(' ', 'default', oid, xmin) FROM pg_attrdef WHERE adrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'constraint', oid, xmin) FROM pg_constraint
    WHERE conrelid IN (SELECT unnest($1::oid[])) OR contypid <> 0 OR contype = 'f' AND confrelid IN (SELECT unnest($1::oid[]))
  UNION ALL SELECT concat_ws(' ', 'index', indexrelid, xmin) FROM pg_index WHERE indrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger WHERE tgrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'rule', oid, xmin) FROM pg_rewrite WHERE ev_class = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'policy', oid, xmin) FROM pg_policy WHERE polrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'inherits', inhrelid, inhparent, xmin) FROM pg_inherits
    WHERE inhrelid IN (SELECT unnest($1::oid[])) OR inhparent IN (SELECT unnest($1::oid[]))
  UNION ALL SELECT concat_ws(' ', 'partitioned', partrelid, xmin) FROM pg_partitioned_table WHERE partrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'sequence', seqrelid, xmin) FROM pg_sequence WHERE seqrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'published', oid, xmin) FROM pg_publication_rel WHERE prrelid = ANY ($1::oid[])
  UNION ALL SELECT concat_ws(' ', 'publication', oid, xmin) FROM pg_publication
  UNION ALL SELECT concat_ws(' ', 'type', oid, xmin) FROM pg_type
    WHERE typtype IN ('e', 'd', 'r') AND typnamespace <> ALL (ARRAY(SELECT oid FROM pg_namespace WHERE nspname = 'pg_catalog' OR nspname = ANY ($2::name[])))
  UNION ALL SELECT concat_ws(' ', 'label', oid, xmin) FROM pg_enum
  UNION ALL SELECT concat_ws(' ', 'part', a.attrelid, a.attnum, a.xmin)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relkind = 'c'
)
SELECT encode(sha256(convert_to(coalesce(string_agg(line, ',' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') AS signature
FROM versions`
