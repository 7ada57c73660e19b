import { isSameTable } from '../../core/table-name.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import { generatedAsIdentity } from '../write-table.ts'
import { review, safe, versus } from './changes.ts'
import type { ColumnPair } from './column-pair.ts'
import { compareCounting } from './compare-sequence.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'
import type { Sides } from './sides.ts'

/** Whether a column is an identity column, and of which kind. A partition has that from the partitioned table. */
export function compareIdentity(pair: ColumnPair, sides: Sides): Change[] {
  const { table, source, target } = pair
  const [from, to] = [target.identity, source.identity]
  if (from?.sequence === undefined && to?.sequence === undefined) return []
  const subject = `column ${quoteName(source.name)}: `
  const alter = alterColumn(table.name, source.name)
  const facts = { isAboutRows: from?.kind !== to?.kind }
  const what = `${subject}identity ${versus(from?.kind, to?.kind)}`
  if (to === undefined) {
    const reason = 'the sequence of the column is dropped'
    return [review('identity', what, reason, [`${alter} DROP IDENTITY`], facts)]
  }
  if (from === undefined) return [addIdentity(pair, what, sides)]
  const kind =
    from.kind === to.kind
      ? []
      : [safe('identity', what, { within: [`${alter} SET GENERATED ${to.kind.toUpperCase()}`] }, facts)]
  if (from.sequence === undefined || to.sequence === undefined) return kind
  const counting = compareCounting(
    { ...to.sequence, type: from.sequence.type },
    from.sequence,
    subject,
    (options) => `${alter} ${setOptions(options)}`,
  )
  return [...kind, ...counting]
}

/** A column can become an identity only once it is NOT NULL. */
function addIdentity({ table, source }: ColumnPair, what: string, { target }: Sides): Change {
  const sequence = source.identity?.sequence
  const add =
    sequence === undefined || source.identity === undefined
      ? ''
      : generatedAsIdentity(source.identity.kind, sequence)
  const statements = [`${alterColumn(table.name, source.name)} ADD ${add}`]
  const taken = target.objects.find(
    (object) =>
      object.sequence !== undefined &&
      sequence !== undefined &&
      isSameTable(object.sequence.name, sequence.name),
  )
  if (taken === undefined) return safe('identity', what, { after: statements }, { isAboutRows: true })
  const reason = `${taken.identity} has the name of the sequence of the column: drop or rename it before`
  return review(
    'identity',
    what,
    reason,
    [`DROP SEQUENCE ${quoteQualified(taken.sequence?.name ?? table.name)}`, ...statements],
    { isAboutRows: true },
  )
}

/** `START WITH 5 INCREMENT BY 2`, in the form of ALTER COLUMN. */
function setOptions(options: string): string {
  return options.replaceAll(
    /(START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE|NO CYCLE|(?<!NO )CYCLE)/g,
    'SET $1',
  )
}
