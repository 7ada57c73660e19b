import type { MessageOrigin } from './error-situation.ts'
import { DatabaseError, explainError, IN_FAILED_TRANSACTION } from './explain-error.ts'

/** A statement that has ended, without the values in it. */
export interface EndedStatement {
  /** The name that the database has in messages. */
  readonly database: string
  readonly purpose: string
  readonly durationMs: number
  readonly hasFailed: boolean
}

/** What the statements of a session have in common. */
export interface StatementParts {
  readonly database: string
  readonly place: string
  readonly signal: AbortSignal | undefined
  readonly onStatement: ((statement: EndedStatement) => void) | undefined
}

/** The statements of a session: which are under way, when the last one ended, and why a transaction failed. */
export class Statements {
  readonly #parts: StatementParts
  #running = 0
  #endedLastAt = performance.now()
  #lastSql = ''
  /** What the last statement failed with that no earlier failure of its transaction explains. */
  #firstFailure: unknown

  constructor(parts: StatementParts) {
    this.#parts = parts
  }

  /** Whether a statement is under way. */
  get isRunning(): boolean {
    return this.#running > 0
  }

  /** For how long nothing has been asked of the session, in milliseconds; 0 while a statement is under way. */
  get idleMs(): number {
    return this.isRunning ? 0 : performance.now() - this.#endedLastAt
  }

  /** Runs a statement, unless there was an abort. */
  async run<T>(sql: string, work: () => Promise<T>, origin?: MessageOrigin): Promise<T> {
    this.#parts.signal?.throwIfAborted()
    this.#lastSql = sql
    const startedAt = performance.now()
    let hasFailed = true
    try {
      const result = await this.count(work)
      hasFailed = false
      this.#firstFailure = undefined
      return result
    } catch (error) {
      throw this.explain(error, origin, sql)
    } finally {
      this.#parts.onStatement?.({
        database: this.#parts.database,
        purpose: statementPurpose(sql),
        durationMs: performance.now() - startedAt,
        hasFailed,
      })
    }
  }

  /** Runs a statement that is not reported, even after an abort. */
  async count<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#endedLastAt = performance.now()
    }
  }

  /** The error as a person should read it. */
  explain(error: unknown, origin: MessageOrigin = 'execution', sql = this.#lastSql): unknown {
    const { database, place } = this.#parts
    const explained = explainError(error, { database, place, origin, sql })
    // Statements are sent without waiting for those before them: what the first one failed with is the reason.
    if (explained instanceof DatabaseError && explained.sqlState === IN_FAILED_TRANSACTION)
      return this.#firstFailure ?? explained
    this.#firstFailure = explained
    return explained
  }
}

/** What a statement consists of that is not simply passed on. What is cut off counts as closed, so that no half of a literal is shown. */
const TOKENS = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`/\*[\s\S]*?(?:\*/|$)`,
    '(?<name>"(?:[^"]|"")*(?:"|$))',
    String.raw`(?<parameter>\$\d+)`,
    String.raw`\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)`,
    "'(?:[^']|'')*(?:'|$)",
    String.raw`\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`\b\d+(?:\.\d+)?\b`,
  ].join('|'),
  'g',
)

/** More is not looked at. */
const LONGEST_LOOK = 2000
const LONGEST_PURPOSE = 160

/** What a statement is for: its first words, without the values and comments in it. Names of tables and columns stay. */
export function statementPurpose(sql: string): string {
  const bare = sql.slice(0, LONGEST_LOOK).replace(TOKENS, (token, ...rest) => {
    const { name, parameter } = rest.at(-1) as { name?: string; parameter?: string }
    if (name !== undefined || parameter !== undefined) return token
    return /^(--|\/\*)/.test(token) ? ' ' : '?'
  })
  const line = bare.replace(/\s+/g, ' ').trim()
  return line.length > LONGEST_PURPOSE ? `${line.slice(0, LONGEST_PURPOSE - 1)}…` : line
}
