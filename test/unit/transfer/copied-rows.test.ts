import { expect, test } from 'vitest'
import { type CopiedRow, CopiedSums, OddRows, RowHasher } from '../../../src/transfer/verify/copied-rows.ts'

function rowsOf(chunks: readonly Buffer[]): CopiedRow[] {
  const rows: CopiedRow[] = []
  const hasher = new RowHasher((row) => rows.push(row))
  for (const chunk of chunks) hasher.add(chunk)
  return rows
}

test('rows are the same however their text is cut, and only the start of a long one is kept', () => {
  const text = Buffer.concat([
    Buffer.from('1\ta\n2\t'),
    Buffer.alloc(1_000_000, 'x'),
    Buffer.from('\n3\t\\N\n'),
  ])
  const pieces = Array.from({ length: Math.ceil(text.length / 7919) }, (_, at) =>
    text.subarray(at * 7919, (at + 1) * 7919),
  )
  const rows = rowsOf([text])
  expect(rowsOf(pieces)).toEqual(rows)
  expect(rows.map(({ start }) => start.length)).toEqual([3, 65_536, 4])
})

test('sums do not depend on the order, and differing rows are missing, extra or changed', () => {
  const sumsOf = (text: string) => {
    const sums = new CopiedSums()
    for (const row of rowsOf([Buffer.from(text)])) sums.add(row)
    return sums
  }
  expect(sumsOf('1\ta\n2\tb\n').differences(sumsOf('2\tb\n1\ta\n'))).toEqual(new Set())
  const [source, target] = ['1\ta\n2\tb\n3\tc\n', '1\ta\n2\tB\n4\td\n']
  const buckets = sumsOf(source).differences(sumsOf(target))
  for (const [keyColumns, found] of [
    [1, { changed: ['(2)'], extra: ['(4)'], missing: ['(3)'] }],
    [0, { changed: [], extra: [undefined, undefined], missing: [undefined, undefined] }],
  ] as const) {
    const odd = new OddRows(buckets, keyColumns)
    for (const row of rowsOf([Buffer.from(source)])) odd.add(row, 'source')
    for (const row of rowsOf([Buffer.from(target)])) odd.add(row, 'target')
    const keysOf = (kind: string) =>
      odd.differences().flatMap((each) => (each.kind === kind ? [each.key] : []))
    const byKind = { changed: keysOf('changed'), extra: keysOf('extra'), missing: keysOf('missing') }
    expect(byKind).toEqual(found)
  }
})
