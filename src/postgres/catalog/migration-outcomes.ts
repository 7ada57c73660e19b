/** How the table of a tool says, beside the name of a migration, whether it has run. All names are in lower case. */
interface Outcome {
  /** What is read beside the names; a table may lack some of them. */
  readonly columns: readonly string[]
  /** The number by which rows follow each other, where a later row about the same migration says what has become of it. */
  readonly order?: string
  readonly judge: (values: Values) => Judgement
}

/** What a row says: undefined where the table has no such column. */
type Values = (column: string) => string | null | undefined

interface Judgement {
  readonly hasRun: boolean
  /** What the row is about, if it is not the migration of its name alone. */
  readonly about?: string | undefined
}

/** A row of a history: the name of its migration, and the values of the columns of its outcome. */
export interface HistoryRow {
  readonly name: string
  readonly values: ReadonlyMap<string, string | null>
}

/** The columns, in lower case, by which the table of a tool says which of its migrations have run. */
export function outcomeColumnsOf(tool: string): readonly string[] {
  const outcome = OUTCOMES.get(tool)
  if (outcome === undefined) return []
  return outcome.order === undefined ? outcome.columns : [...outcome.columns, outcome.order]
}

/** The names of the migrations that have run: those that failed, are under way or were taken back have not. */
export function namesOfRun(tool: string, rows: readonly HistoryRow[]): Set<string> {
  const outcome = OUTCOMES.get(tool)
  if (outcome === undefined) return new Set(rows.map(({ name }) => name))
  const names = new Set<string>()
  const latest = new Map<string, { readonly name: string; readonly hasRun: boolean }>()
  for (const { name, values } of inOrder(rows, outcome.order)) {
    const { hasRun, about } = outcome.judge((column) => values.get(column))
    if (outcome.order !== undefined) latest.set(about ?? name, { name, hasRun })
    else if (hasRun) names.add(name)
  }
  for (const { name, hasRun } of latest.values()) if (hasRun) names.add(name)
  return names
}

function inOrder(rows: readonly HistoryRow[], order: string | undefined): readonly HistoryRow[] {
  if (order === undefined) return rows
  const rank = ({ values }: HistoryRow) => Number(values.get(order) ?? 0)
  return [...rows].sort((a, b) => rank(a) - rank(b))
}

const isTrue = (value: string | null | undefined) => value === 't' || value === 'true' || value === '1'
const isFalse = (value: string | null | undefined) => value === 'f' || value === 'false' || value === '0'

const BY_SUCCESS: Outcome = {
  columns: ['success'],
  judge: (values) => ({ hasRun: !isFalse(values('success')) }),
}

/** The bit in the type of a revision of Atlas that was set by hand: `migrate set` takes it as it is. */
const RESOLVED = 4

/** A tool that is not here writes down only what has run, and deletes what it takes back. */
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map<string, Outcome>([
  [
    'Prisma',
    {
      columns: ['finished_at', 'rolled_back_at'],
      judge: (values) => ({
        hasRun: values('finished_at') !== null && (values('rolled_back_at') ?? null) === null,
      }),
    },
  ],
  [
    'Flyway',
    {
      // A migration that is undone or that `repair` marks as deleted gets another row with its version.
      columns: ['success', 'type', 'version'],
      order: 'installed_rank',
      judge: (values) => ({
        hasRun: !isFalse(values('success')) && !/^(UNDO|DELETE)/.test(values('type') ?? ''),
        about: values('version') ?? undefined,
      }),
    },
  ],
  ['sqlx', BY_SUCCESS],
  ['Evolve', BY_SUCCESS],
  // One that failed is tried again, which is another row.
  ['Grafana', BY_SUCCESS],
  [
    'goose',
    {
      columns: ['is_applied'],
      order: 'id',
      judge: (values) => ({ hasRun: !isFalse(values('is_applied')) }),
    },
  ],
  // Each row is the version that the database then had, after steps up and down.
  ['go-pg', { columns: [], order: 'id', judge: () => ({ hasRun: true, about: 'the version' }) }],
  ['golang-migrate', { columns: ['dirty'], judge: (values) => ({ hasRun: !isTrue(values('dirty')) }) }],
  [
    'Atlas',
    {
      columns: ['type', 'applied', 'total'],
      judge: (values) => ({
        hasRun:
          Number(values('applied') ?? 0) >= Number(values('total') ?? 0) ||
          (Number(values('type') ?? 0) & RESOLVED) !== 0,
      }),
    },
  ],
  [
    'Play',
    {
      columns: ['state'],
      judge: (values) => ({ hasRun: !(values('state') ?? '').startsWith('applying') }),
    },
  ],
])
