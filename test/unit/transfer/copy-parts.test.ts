import { Readable, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { copyParts } from '../../../src/transfer/land/copy-parts.ts'
import type { Part } from '../../../src/transfer/source/part.ts'
import type { PartReader, PartWriter } from '../../../src/transfer/source/row-source.ts'

function partOf(name: string): Part {
  const table = { schema: 'public', name }
  return { table, number: 1, of: 1, columns: ['id'], estimatedBytes: 2, estimatedRows: 1 } as Part
}

const reader: PartReader<Part> = {
  read: (_, use) => use({ stream: Readable.from([Buffer.from('1\n')]), rowCount: () => 1 }),
  explain: (error) => error,
  malformed: () => new Error('No PostgreSQL server sends this'),
  end: async () => undefined,
} as PartReader<Part>

function writerOf(written: string[]): PartWriter<Part> {
  return {
    write: async ({ table }, use) => {
      written.push(table.name)
      const sink = new Writable({ write: (_, __, done) => done() })
      return use({ stages: [sink], written: () => ({ rows: 1 }) })
    },
    explain: (error) => error,
    end: async () => undefined,
  }
}

test.each([1, 2, 3, 4])('with %i jobs, the first parts are copied, and then all others', async (jobs) => {
  const [compared, others]: [string[], string[]] = [[], []]
  const copied = await copyParts({
    parts: [partOf('c'), partOf('d')],
    openReader: async () => reader,
    openWriter: async () => writerOf(others),
    first: { parts: [partOf('a'), partOf('b')], openWriter: async () => writerOf(compared) },
    jobs,
    report: () => undefined,
    signal: new AbortController().signal,
  })
  expect([compared.sort(), others.sort()]).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  expect(copied.size).toBe(4)
})
