import type { RunRules } from '../config/config.ts'
import { UsageError } from '../core/errors.ts'
import { parseTablePattern, type TablePattern } from '../core/table-pattern.ts'
import type { Selection } from '../transfer/inspection.ts'

/**
 * The tables and rows that the rules and the command line name together.
 * @throws UsageError if a pattern of the command line is none
 */
export function selectionOf(
  {
    include,
    exclude,
    where,
    columns,
    largeObjects,
  }: Pick<RunRules, 'include' | 'exclude' | 'where' | 'columns'> & Partial<Pick<RunRules, 'largeObjects'>>,
  { tables, excluded = [] }: { readonly tables: readonly string[]; readonly excluded?: readonly string[] },
): Selection {
  return {
    include,
    exclude: [...exclude, ...excluded.map((text) => toPattern('--exclude', text))],
    where,
    columns,
    only: tables.map((text) => toPattern('--table', text)),
    hasLargeObjects: largeObjects === 'copy',
  }
}

function toPattern(flag: string, text: string): TablePattern {
  const pattern = parseTablePattern(text) ?? parseTablePattern(`public.${text}`)
  if (pattern !== undefined) return pattern
  throw new UsageError(`${flag} ${text} is not a table name or pattern`, {
    hint: 'Write schema.table, with * and ? as wildcards; quote a half that contains a dot: public."odd.name".',
  })
}
