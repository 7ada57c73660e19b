import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyLine, copyRows } from '../../../src/postgres/copy-rows.ts'
import { assertProperty } from '../../support/properties.ts'

async function rowsOf(chunks: readonly Buffer[]): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = []
  for await (const portion of copyRows(Readable.from(chunks))) rows.push(...portion)
  return rows
}

test('what is written as COPY text is read as it was, wherever the chunks are cut', async () => {
  await assertProperty(
    fc.asyncProperty(
      fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 7 }),
      async (rows, size) => {
        const bytes = Buffer.from(rows.map(copyLine).join(''))
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        )
        expect(await rowsOf(chunks)).toEqual(rows)
      },
    ),
  )
})

test('NULL is not the text that looks like it', async () => {
  expect(await rowsOf([Buffer.from('\\N\t\\\\N\n')])).toEqual([[null, '\\N']])
})
