import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameCheck } from '../../../src/postgres/guard-protocol.ts'
import { assertProperty } from '../../support/properties.ts'

function message(code: string, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5)
  header.write(code)
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

const messages = fc.array(
  fc
    .tuple(fc.constantFrom(...'RKSZCDTENAdHWcs'), fc.uint8Array({ maxLength: 40 }))
    .map((parts) => message(...parts)),
  { maxLength: 20 },
)

test('messages pass, wherever the chunks are cut', async () => {
  await assertProperty(
    fc.property(messages, fc.array(fc.nat(30)), (sent, sizes) => {
      const check = frameCheck()
      let rest = Buffer.concat(sent)
      for (const size of sizes) {
        check(rest.subarray(0, size))
        rest = rest.subarray(size)
      }
      check(rest)
    }),
  )
})

test('what is no message is found, wherever the chunks are cut', async () => {
  const broken = [
    message('?', Buffer.alloc(3)),
    Buffer.from('HTTP/1.1 400 Bad Request\r\n'),
    Buffer.from('S\0\0\0\x03'),
  ]
  await assertProperty(
    fc.property(messages, fc.constantFrom(...broken), fc.integer({ min: 1, max: 9 }), (sent, wrong, size) => {
      const check = frameCheck()
      const all = Buffer.concat([...sent, wrong, Buffer.alloc(9)])
      expect(() => {
        for (let at = 0; at < all.length; at += size) check(all.subarray(at, at + size))
      }).toThrow()
    }),
  )
})

test.each([
  ['S', 70_000],
  ['E', 50_000_000],
  ['D', 2 ** 31],
  ['Z', 2 ** 32 - 1],
])('a message %s of %i bytes is found by its header', (code, length) => {
  const header = Buffer.alloc(5)
  header.write(code)
  header.writeUInt32BE(length, 1)
  expect(() => frameCheck()(header)).toThrow()
})
