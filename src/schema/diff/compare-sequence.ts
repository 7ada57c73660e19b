import type { TableName } from '../../core/table-name.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import type { SequenceDetails } from '../table-details.ts'
import { review, safe, versus } from './changes.ts'
import type { Change } from './difference.ts'
import type { Pair, Side, Sides } from './sides.ts'

/** What differs in how a sequence counts. */
export function compareCounting(
  source: SequenceDetails,
  target: SequenceDetails,
  subject: string,
  alter: (option: string) => string,
): Change[] {
  const names = ['type', 'start', 'increment', 'min', 'max', 'cache', 'isCycling'] as const
  const differing = names.filter((name) => source[name] !== target[name])
  if (differing.length === 0) return []
  const describe = (sequence: SequenceDetails) => differing.map((name) => OPTIONS[name](sequence)).join(' ')
  const what = `${subject}${versus(describe(target), describe(source))}`
  const statement = alter(describe(source))
  const isNarrower =
    BigInt(source.max) < BigInt(target.max) ||
    BigInt(source.min) > BigInt(target.min) ||
    SIZES.indexOf(source.type) < SIZES.indexOf(target.type)
  if (isNarrower)
    return [
      review('sequence', what, 'the value that the sequence has may be outside of the new limits', [
        statement,
      ]),
    ]
  return [safe('sequence', what, { within: [statement] })]
}

const SIZES = ['smallint', 'integer', 'bigint']

const OPTIONS = {
  type: ({ type }) => `AS ${type}`,
  start: ({ start }) => `START WITH ${start}`,
  increment: ({ increment }) => `INCREMENT BY ${increment}`,
  min: ({ min }) => `MINVALUE ${min}`,
  max: ({ max }) => `MAXVALUE ${max}`,
  cache: ({ cache }) => `CACHE ${cache}`,
  isCycling: ({ isCycling }) => (isCycling ? 'CYCLE' : 'NO CYCLE'),
} satisfies Record<string, (sequence: SequenceDetails) => string>

/** What differs in a sequence that is a separate object. */
export function compareSequence(pair: Pair, sides: Sides, by: OwnedBy): Change[] {
  const [source, target] = [pair.source.sequence, pair.target.sequence]
  if (source === undefined || target === undefined) return []
  const alter = `ALTER SEQUENCE ${quoteQualified(source.name)}`
  const logging = source.isUnlogged ? 'UNLOGGED' : 'LOGGED'
  return [
    ...compareCounting(source, target, '', (option) => `${alter} ${option}`),
    ...(source.isUnlogged === target.isUnlogged
      ? []
      : [
          safe(
            'sequence',
            `${target.isUnlogged ? 'unlogged' : 'logged'}, in the source ${logging.toLowerCase()}`,
            { within: [`${alter} SET ${logging}`] },
          ),
        ]),
    ...compareOwnership(source, pair.target, sides, by),
  ]
}

/** Who will own the objects of the target. */
export type OwnedBy = 'connecting role' | 'source'

/**
 * The column that a sequence belongs to, or will belong to once the column exists. Its owner is set before that, and the column after the
 * table is as in the source.
 */
export function compareOwnership(
  source: SequenceDetails,
  target: SchemaObject | undefined,
  sides: Sides,
  by: OwnedBy,
): Change[] {
  const { source: side } = sides
  const [from, to] = [target?.sequence?.ownedBy, source.ownedBy].map(ownerName)
  if (from === to) return []
  const alter = `ALTER SEQUENCE ${quoteQualified(source.name)}`
  const within = [...giveToOwner(source, target, sides, by), `OWNED BY ${to ?? 'NONE'}`]
  const table = source.ownedBy === undefined ? undefined : side.relations.get(source.ownedBy.table)
  const facts = table === undefined ? {} : { place: (side.places.get(table.id) ?? 0) + 0.5 }
  const what = `belongs to ${versus(from, to, 'no column')}`
  return [safe('sequence', what, { within: within.map((action) => `${alter} ${action}`) }, facts)]
}

/** A sequence has the owner of its table. */
function giveToOwner(
  { ownedBy }: SequenceDetails,
  target: SchemaObject | undefined,
  sides: Sides,
  by: OwnedBy,
): string[] {
  if (ownedBy === undefined) return []
  const other = target?.sequence?.ownedBy?.table
  const roleOf = (side: Side, table: TableName | undefined) =>
    table === undefined ? undefined : side.relations.get(table)?.owner
  const wanted = roleOf(by === 'source' ? sides.source : sides.target, ownedBy.table)
  const present = target?.owner ?? roleOf(sides.target, other)
  if (wanted === undefined || wanted === present) return []
  return [...(other === undefined ? [] : ['OWNED BY NONE']), `OWNER TO ${quoteName(wanted)}`]
}

function ownerName(ownedBy: SequenceDetails['ownedBy']): string | undefined {
  return ownedBy === undefined ? undefined : `${quoteQualified(ownedBy.table)}.${quoteName(ownedBy.column)}`
}
