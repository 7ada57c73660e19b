import { expect, test } from 'vitest'
import { Turns } from '../../../src/core/turns.ts'

test('works have their turn in the order in which they came, also after one that failed', async () => {
  const turns = new Turns()
  const log: string[] = []
  const work = (name: string, ms: number) => async () => {
    log.push(`${name} begins`)
    await new Promise((resolve) => setTimeout(resolve, ms))
    log.push(`${name} ends`)
    if (name === 'b') throw new Error(name)
    return name
  }
  const outcomes = await Promise.allSettled([
    turns.take(work('a', 10)),
    turns.take(work('b', 5)),
    turns.take(work('c', 0)),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})
