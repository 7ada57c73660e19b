import { countOf, formatCount } from '../../core/count-of.ts'
import { groupBy } from '../../core/group-by.ts'
import type { SchemaComparison } from '../../jobs/schema/diff-schemas.ts'
import type { Change, Difference } from '../../schema/diff/difference.ts'
import { writeDiffScript } from '../../schema/diff/write-diff-script.ts'
import { printable } from '../format/printable.ts'
import type { Page } from './page.ts'
import { printSql } from './print-sql.ts'
import { printTable } from './print-table.ts'

/** One line of the table. */
interface Row extends Pick<Change, 'what' | 'review'> {
  readonly kind: string
  readonly object: string
}

/** Prints how two schemas differ, object by object. */
export function printSchemaDiff(comparison: SchemaComparison, page: Page): void {
  const { differences, notes, compared, source, target } = comparison
  const rows = differences.flatMap(rowsOf)
  const { paint } = page
  if (rows.length > 0) {
    printTable(page, columns(page), rows)
    page.line()
  }
  for (const note of notes) page.prose(`${paint.cyan('•')} ${printable(note)}`)
  const left = [
    ...(compared.owner === 'source' ? [] : ['owners']),
    ...(compared.grants === 'source' ? [] : ['privileges']),
  ]
  if (left.length > 0)
    page.prose(
      `${paint.cyan('•')} Not compared, because the profile does not copy them: ${left.join(' and ')}`,
    )
  if (rows.length === 0) {
    page.prose(
      `${paint.green('✔')} ${paint.bold('Equal:')} ${printable(target)} has the schema of ${printable(source)}.`,
    )
    return
  }
  const safe = rows.filter(({ review }) => review === undefined).length
  const counts = `${countOf(rows.length, 'difference')}: ${formatCount(safe)} safe, ${formatCount(rows.length - safe)} to review`
  page.prose(`${paint.red('✖')} ${paint.bold(counts)}. \`mbsync schema diff --sql\` prints the statements.`)
}

/** Prints the statements as a script. */
export function printDiffScript(comparison: SchemaComparison, page: Page): void {
  printSql(writeDiffScript(comparison), page)
}

/** What is created with a missing object is counted there. */
function rowsOf({ kind, identity, changes }: Difference): Row[] {
  const parts = changes.filter(({ part, review }) => part !== undefined && review === undefined)
  const counts = [...groupBy(parts, ({ topic }) => topic)].map(
    ([topic, { length }]) => `${formatCount(length)} × ${topic}`,
  )
  const wholes = changes.filter((change) => !parts.includes(change))
  return wholes.map(({ topic, what, review, part = identity }, index) => ({
    kind: part === identity ? kind : topic,
    object: objectOf(part),
    what: index === 0 && counts.length > 0 ? `${what}, with ${counts.join(', ')}` : what,
    review,
  }))
}

/** Without the word for its kind. */
function objectOf(identity: string): string {
  return identity.replace(/^[A-Z]+( [A-Z]+)* /, '')
}

function columns({ paint }: Page): Parameters<typeof printTable<Row>>[1] {
  return [
    { head: 'Kind', cell: ({ kind }) => kind },
    { head: 'Object', cell: ({ object }) => printable(object), isElastic: true },
    { head: 'Difference', cell: ({ what }) => printable(what), isElastic: true },
    {
      head: 'Change',
      cell: ({ review }) => (review === undefined ? 'safe' : `review: ${printable(review)}`),
      color: (text, { review }) => (review === undefined ? paint.green(text) : paint.yellow(text)),
      isElastic: true,
    },
  ]
}
