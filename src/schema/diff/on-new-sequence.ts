import { quoteQualified } from '../quote-name.ts'
import { keyOfAddition } from './compare-columns.ts'
import { keyOfIdentity } from './compare-identity.ts'
import { allStatements, type Change } from './difference.ts'
import type { Pair } from './sides.ts'

/** A privilege on the sequence of an identity column that the target does not have yet is granted once it has, and not without it. */
export function onNewSequence(change: Change, { source, target }: Pair): Change {
  const text = allStatements(change.statements).join('\n')
  const column = source.table?.columns.find(({ identity }) => {
    const name = identity?.sequence?.name
    return name !== undefined && text.includes(` ON SEQUENCE ${quoteQualified(name)} `)
  })
  if (column === undefined) return change
  const other = target.table?.columns.find(({ name }) => name === column.name)
  if (other?.identity !== undefined) return change
  if (other === undefined) return { ...change, follows: keyOfAddition(column.name) }
  const { within = [] } = change.statements
  return { ...change, statements: { after: within }, follows: keyOfIdentity(column.name) }
}
