import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyLine } from '../../../src/postgres/copy-rows.ts'
import { CopyTextCheck } from '../../../src/postgres/copy-text-check.ts'
import { assertProperty } from '../../support/properties.ts'

const END_MARKER = 'an end-of-data marker (\\.)'

/** What is found in a text that arrives in chunks. */
function check(text: string, sizes: readonly number[] = []): string | undefined {
  const bytes = Buffer.from(text)
  const checker = new CopyTextCheck()
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    const found = checker.take(bytes.subarray(at, at + size))
    if (found !== undefined) return found
    at += size
  }
  return checker.end()
}

/** Every way to cut a short text. */
function cuts(text: string): number[][] {
  const bytes = Buffer.from(text)
  const places = bytes.length - 1
  return Array.from({ length: 2 ** places }, (_, bits) => {
    const sizes: number[] = []
    let size = 1
    for (let place = 0; place < places; place += 1) {
      if (((bits >> place) & 1) === 1) {
        sizes.push(size)
        size = 0
      }
      size += 1
    }
    return sizes
  })
}

test.each([
  ['a\n\\.\nb\n', END_MARKER],
  ['\\.\n', END_MARKER],
  ['a\\.\n', END_MARKER],
  ['a\\\\\\.b\n', END_MARKER],
  ['a\\\n\\.\nb\n', END_MARKER],
  ['a\n\\.\r\n', 'a carriage return'],
  ['a\rb\n', 'a carriage return'],
  ['a\0b\n', 'a NUL byte'],
  ['a\nb', 'a row that is cut short'],
  ['a\\', 'a row that is cut short'],
  ['a\\\\.\n', undefined],
  ['\\\\\\\\.b\n', undefined],
  ['.\\\\\n.\n', undefined],
  ['\\N\t.\n', undefined],
  ['', undefined],
])('%j is read as %s, in whichever chunks it comes', (text, expected) => {
  for (const sizes of cuts(text)) {
    const found = check(text, sizes)
    if (expected === END_MARKER || expected === undefined) expect(found).toBe(expected)
    else expect(found).toBeDefined()
  }
})

const value = fc.option(
  fc.string({
    unit: fc.constantFrom('\\', '.', '\n', '\r', '\t', '\\N', '\\.', 'a', 'é', '\u2028', '\x85'),
    maxLength: 12,
  }),
)
const rows = fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { maxLength: 5 })
const sizes = fc.array(fc.integer({ min: 0, max: 7 }))

test('whatever values rows have, what a server writes of them passes in any chunks', async () => {
  await assertProperty(
    fc.property(rows, sizes, (values, chunks) => {
      expect(check(values.map(copyLine).join(''), chunks)).toBeUndefined()
    }),
  )
})

test('an end-of-data marker is found wherever it is put between the bytes of what a server writes', async () => {
  await assertProperty(
    fc.property(rows, sizes, fc.nat(), (values, chunks, where) => {
      const bytes = Buffer.from(values.map(copyLine).join(''))
      // Within an escape of the server's the pair would be another one.
      const place = outsideEscapes(bytes, where % (bytes.length + 1))
      const text = Buffer.concat([bytes.subarray(0, place), Buffer.from('\\.'), bytes.subarray(place)])
      const checker = new CopyTextCheck()
      const found: (string | undefined)[] = []
      let at = 0
      for (const size of [...chunks, text.length]) {
        found.push(checker.take(text.subarray(at, at + size)))
        at += size
      }
      expect(found).toContain(END_MARKER)
    }),
  )
})

function outsideEscapes(bytes: Buffer, place: number): number {
  let at = 0
  while (at < place) at += bytes[at] === 0x5c ? 2 : 1
  return at
}
