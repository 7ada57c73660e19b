import { isSameTable } from '../../core/table-name.ts'
import { sequenceWithoutDefaults } from '../default-privileges.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SequenceDetails } from '../table-details.ts'
import { generatedAsIdentity } from '../write-table.ts'
import { review, safe, versus } from './changes.ts'
import type { ColumnPair } from './column-pair.ts'
import { compareCounting } from './compare-sequence.ts'
import type { Change } from './difference.ts'
import { alterColumn } from './drop-statement.ts'
import { byDefaultAtEnd, type Sides } from './sides.ts'

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

/**
 * The statements after which the new sequence of a table of the target has no privileges that the target gives by itself.
 * @param owner of the table by then, whose default privileges they are
 */
export function withoutDefaultsOf(
  sequence: SequenceDetails | undefined,
  owner: string | undefined,
  sides: Sides,
): string[] {
  if (sequence === undefined || !sides.target.comparesGrants) return []
  const { defaults, creator } = byDefaultAtEnd(sides)
  return sequenceWithoutDefaults(sequence.name, { defaults, creator: owner ?? creator })
}

/** The key of the change that makes a column an identity column. */
export function keyOfIdentity(column: string): string {
  return `identity ${column}`
}

/** A column can become an identity only once it is NOT NULL. */
function addIdentity({ table, tables, source }: ColumnPair, what: string, sides: Sides): Change {
  // The table may have got another owner before.
  const { owner } = sides.target.comparesOwners ? tables.source : tables.target
  const sequence = source.identity?.sequence
  const add =
    sequence === undefined || source.identity === undefined
      ? ''
      : generatedAsIdentity(source.identity.kind, sequence)
  const statements = [
    `${alterColumn(table.name, source.name)} ADD ${add}`,
    ...withoutDefaultsOf(sequence, owner, sides),
  ]
  const taken = sides.target.objects.find(
    (object) =>
      object.sequence !== undefined &&
      sequence !== undefined &&
      isSameTable(object.sequence.name, sequence.name),
  )
  const facts = { isAboutRows: true, key: keyOfIdentity(source.name) }
  if (taken === undefined) return safe('identity', what, { after: statements }, facts)
  const reason = `${taken.identity} has the name of the sequence of the column: drop or rename it before`
  return review(
    'identity',
    what,
    reason,
    [`DROP SEQUENCE ${quoteQualified(taken.sequence?.name ?? table.name)}`, ...statements],
    facts,
  )
}

/** `START WITH 5 INCREMENT BY 2`, in the form of ALTER COLUMN. */
function setOptions(options: string): string {
  return options.replaceAll(
    /(START WITH|INCREMENT BY|MINVALUE|MAXVALUE|CACHE|NO CYCLE|(?<!NO )CYCLE)/g,
    'SET $1',
  )
}
