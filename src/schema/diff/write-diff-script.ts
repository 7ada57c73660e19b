import { commentLine, SCRIPT_SETTINGS } from '../write-script.ts'
import type { SchemaDiff } from './compare-schemas.ts'
import { allStatements } from './difference.ts'
import { isSafe, type Step, safeSteps } from './safe-statements.ts'

/** A difference as a script. Statements that lose nothing are executed, and all others are comments. */
export function writeDiffScript(diff: SchemaDiff): string {
  const { before, within, after, single } = scriptSteps(diff)
  const reviews = reviewLines(diff)
  return [
    commentLine('Statements that adapt the target to the source and lose nothing, written by mbsync'),
    SCRIPT_SETTINGS,
    ...transaction(before, [
      `${commentLine('A new label cannot be used in the transaction that adds it')}\n`,
    ]),
    ...transaction(within),
    ...single.flatMap((steps, index) =>
      transaction(steps, index === 0 ? [`${commentLine(REPLACED)}\n`] : []),
    ),
    ...section(
      'Rows of the target may violate these: if one fails, correct the rows or sync them, and repeat it',
      after,
    ),
    ...(reviews.length === 0 ? [] : [`${commentLine('To review: nothing from here on is executed')}\n`]),
    ...reviews,
  ].join('\n')
}

const REPLACED =
  'Rows of the target may violate these: each is dropped and created again in one transaction, so that the old one stays if that fails'

/** The statements of a difference as a script executes them. Its transaction does not copy rows. */
export function scriptSteps(diff: SchemaDiff): {
  readonly before: readonly Step[]
  readonly within: readonly Step[]
  /** Separate transactions, after the main one. */
  readonly single: readonly (readonly Step[])[]
  readonly after: readonly Step[]
} {
  const { before, within, replaced, after } = safeSteps(diff)
  const needed = replaced.filter(({ isNeededWithin }) => isNeededWithin)
  return {
    before,
    within: [...needed.flatMap(({ drop }) => drop), ...within, ...needed.flatMap(({ again }) => again)],
    single: replaced.flatMap(({ isNeededWithin, drop, again }) =>
      isNeededWithin ? [] : [[...drop, ...again]],
    ),
    after,
  }
}

function transaction(steps: readonly Step[], heading: readonly string[] = []): string[] {
  return steps.length === 0 ? [] : [...heading, 'BEGIN;\n', ...write(steps), 'COMMIT;\n']
}

function section(title: string, steps: readonly Step[]): string[] {
  return steps.length === 0 ? [] : [`${commentLine(title)}\n`, ...write(steps)]
}

/** Writes each object under a comment. */
function write(steps: readonly Step[]): string[] {
  return steps.map(({ identity, sql }, index) => {
    const heading = identity === steps[index - 1]?.identity ? '' : `${commentLine(identity)}\n`
    const isLast = identity !== steps[index + 1]?.identity
    return `${heading}${sql};${isLast ? '\n' : ''}`
  })
}

function reviewLines({ differences }: SchemaDiff): string[] {
  return differences.flatMap(({ identity, changes }) =>
    changes
      .filter((change) => !isSafe(change))
      .map(({ what, review = '', statements, part = identity }) => {
        const lines = allStatements(statements).flatMap((sql) => `${sql};`.split(/\r\n|[\r\n\u2028\u2029]/))
        return [`${part}: ${what} (${review})`, ...lines.map((line) => `    ${line}`)]
          .map(commentLine)
          .join('\n')
      })
      .map((text) => `${text}\n`),
  )
}
