import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { slowDown } from '../../../bench/peers/slow-network.ts'

test('a slow network delivers every byte in order, both ways, and ends with its ends', async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const slow = await slowDown((echo.address() as AddressInfo).port, { roundTripMs: 4, bitsPerSecond: 1e9 })
  try {
    const sent = randomBytes(3_000_001)
    const sockets = [sent, randomBytes(10)].map(async (bytes) => {
      const socket = connect({ port: slow.port, host: '127.0.0.1', allowHalfOpen: true })
      socket.end(bytes)
      return { bytes, back: await buffer(socket) }
    })
    for (const { bytes, back } of await Promise.all(sockets))
      expect(createHash('sha1').update(back).digest('hex')).toBe(
        createHash('sha1').update(bytes).digest('hex'),
      )
  } finally {
    await slow.close()
    echo.close()
  }
})
