import type { ReadonlyTableMap } from '../../core/table-map.ts'
import type { LiveSource } from '../../transfer/source/live-source.ts'
import type { LivePart } from '../../transfer/source/plan-parts.ts'
import { countDifferences } from '../../transfer/verify/count-differences.ts'
import { type Difference, findDifferences, type Side } from '../../transfer/verify/find-differences.ts'
import type { Hashing } from '../../transfer/verify/row-hashes.ts'
import { countRows, prepareToRead, stayingParts } from '../../transfer/verify/staying-parts.ts'
import type { CompareOptions, Pair, SideName, VerifiedTable } from './verified-table.ts'

/** Finds the rows of a table that differ, if its checksums do. */
export async function judgePair(
  pair: Pair,
  source: LiveSource,
  target: LiveSource,
  parts: Readonly<Record<SideName, ReadonlyTableMap<readonly LivePart[]>>>,
  { limit, isCounted = false }: CompareOptions,
): Promise<VerifiedTable> {
  const { source: table, hashing, sums, stays } = pair
  const side = stayingSide(target, pair, parts.target.get(table.name))
  const staying = { side, withoutSource: stays?.withoutSource ?? false }
  const byRule = side === undefined ? 0 : await countRows(side)
  const keptWith = (stayed: number) => (stays === undefined ? {} : { kept: byRule + stayed })
  const rows = { sourceRows: sums.source.rows, targetRows: sums.target.rows + byRule }
  const buckets = sums.source.differences(sums.target)
  if (buckets.length === 0) {
    const none = { missing: 0, extra: 0, changed: 0, isComplete: true, differences: [] }
    return { table: table.name, status: 'equal', ...rows, ...none, ...keptWith(0) }
  }
  const sides = [
    sideOf(source, hashing.source, parts.source.get(table.name)),
    sideOf(target, hashing.target, parts.target.get(table.name)),
  ] as const
  if (isCounted) {
    const { stayed, ...counts } = await countDifferences(...sides, buckets, staying)
    const isEqual = counts.missing + counts.extra + counts.changed === 0
    const found = { ...counts, isComplete: true, differences: [], ...keptWith(stayed) }
    return { table: table.name, status: isEqual ? 'equal' : 'different', ...rows, ...found }
  }
  const { differences, isComplete, stayed } = await findDifferences(...sides, buckets, limit, staying)
  const count = (kind: Difference['kind']) =>
    differences.filter((difference) => difference.kind === kind).length
  return {
    table: table.name,
    status: differences.length === 0 && isComplete ? 'equal' : 'different',
    ...rows,
    ...keptWith(stayed),
    missing: count('missing'),
    extra: count('extra'),
    changed: count('changed'),
    isComplete,
    differences: differences
      .flatMap(({ kind, key }) => (key === undefined ? [] : [{ kind, key }]))
      .slice(0, limit),
  }
}

function sideOf({ sessions, guard }: LiveSource, hashing: Hashing, parts: readonly LivePart[] = []): Side {
  const [session] = sessions.all
  if (session === undefined) throw new Error('There is no session to read with')
  const reading: Side['reading'] = (part, read) =>
    sessions.reading(session, [part.partition.name], async (reader) => {
      await prepareToRead(guard, reader, part)
      return read(reader)
    })
  return { reading, parts, hashing }
}

/** The condition of the rows that stay for what they contain. */
function stayingSide(
  target: LiveSource,
  { stays, hashing }: Pair,
  parts: readonly LivePart[] = [],
): Side | undefined {
  const { condition } = stays ?? {}
  return condition === undefined ? undefined : sideOf(target, hashing.target, stayingParts(condition, parts))
}
