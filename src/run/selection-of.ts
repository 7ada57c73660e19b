import type { RunRules } from '../config/config.ts'
import { parseTableName } from '../config/read/parse-table-name.ts'
import { UsageError } from '../core/errors.ts'
import { parseTablePattern, type TablePattern } from '../core/table-pattern.ts'
import type { Selection } from '../transfer/inspect/inspection.ts'

/** What the command line selects, in addition to the rules. */
export interface SelectionOptions {
  /** Patterns that limit the tables; empty for all tables. */
  readonly tables: readonly string[]
  /** Patterns of tables to leave out, in addition to those of the rules. */
  readonly excluded?: readonly string[]
  /** Conditions such as `public.events=id > 7`, in addition to those of the rules. */
  readonly conditions?: readonly string[]
}

/** Whether the command line limits what the rules select. The pattern of all tables does not. */
export function isPartial({ tables, excluded = [], conditions = [] }: SelectionOptions): boolean {
  return excluded.length + conditions.length > 0 || (tables.length > 0 && !tables.includes('*.*'))
}

/**
 * Combines the tables and rows that the rules and the command line select.
 * @throws UsageError if a pattern or a condition of the command line is not valid
 */
export function selectionOf(
  {
    include,
    exclude,
    where,
    keep,
    deletes,
    columns,
    mask = [],
    privacy,
    maskKey,
    largeObjects,
  }: Pick<RunRules, 'include' | 'exclude' | 'where' | 'columns'> &
    Partial<Pick<RunRules, 'deletes' | 'keep' | 'largeObjects' | 'mask' | 'maskKey' | 'privacy'>>,
  { tables, excluded = [], conditions = [] }: SelectionOptions,
): Selection {
  return {
    include,
    exclude: [...exclude, ...excluded.map((text) => toPattern('--exclude', text))],
    where: [...where, ...conditions.map(toCondition)],
    ...(keep === undefined ? {} : { keep }),
    ...(deletes === undefined ? {} : { deletes }),
    columns,
    masks: { rules: mask, key: maskKey, isStrict: privacy === 'strict' },
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

/** Splits a name and a condition at the first `=` outside quotes. */
const CONDITION = /^((?:[^"=]|"(?:[^"]|"")*")+)=(.*)$/su

/** The condition may contain values, so the message does not repeat it. */
function toCondition(text: string): Selection['where'][number] {
  const [, before = '', condition = ''] = CONDITION.exec(text) ?? []
  const name = before.trim()
  const table = parseTableName(name) ?? parseTableName(`public.${name}`)
  if (table !== undefined && condition.trim() !== '') return { table, condition }
  throw new UsageError('A --where is not of the form <table>=<condition>', {
    hint: "Name one table, without * or ?, and an SQL condition: --where 'public.events=id > 1000'.",
  })
}
