import { describe, expect, test } from 'vitest'
import type { HistoryState } from '../../../src/transfer/inspect/read-histories.ts'
import { validateHistories } from '../../../src/transfer/validate/histories.ts'

const history = (...migrations: string[]): HistoryState[] => [
  {
    table: { schema: 'public', name: 'schema_migrations' },
    tool: 'Rails or dbmate',
    migrations: new Set(migrations),
  },
]
const said = (source: HistoryState[], target: HistoryState[]) =>
  validateHistories(source, target).map(({ subject, message }) => `${subject}: ${message}`)

describe('the histories of migrations of both sides', () => {
  test('are worth no word if they are the same, or only one side has one', () => {
    expect(said(history('1', '2'), history('2', '1'))).toEqual([])
    expect(said(history('1'), [])).toEqual([])
    expect(said([], history('1'))).toEqual([])
  })

  test('differ by migrations that are named, with the side that has them', () => {
    expect(said(history('1', '2'), history('1'))).toEqual([
      'public.schema_migrations: the target has not run migrations of Rails or dbmate that the source has run: 2',
    ])
    expect(said(history('1'), history('1', '3', '2'))).toEqual([
      'public.schema_migrations: the target has run migrations of Rails or dbmate that the source has not run: 2, 3',
    ])
    expect(said(history('1', 'a'), history('1', 'b'))).toEqual([
      'public.schema_migrations: the two sides have run different migrations of Rails or dbmate: only the source a; only the target b',
    ])
  })

  test('name no more than a few, none of great length, and nothing that is no name of a migration', () => {
    const [many = ''] = said(history(...'abcdefgh'), history())
    expect(many).toMatch(/: a, b, c, d, e and 3 more$/)
    const [long = ''] = said(history('x'.repeat(5000)), history())
    expect(long.length).toBeLessThan(300)
    const [odd = ''] = said(
      history('Jane Doe', 'jane@example.com', 'line\nbreak', '20240101_init'),
      history(),
    )
    expect(odd).toMatch(/: 20240101_init and 3 more$/)
    expect(said(history('Jane Doe'), history())[0]).toMatch(/: 1 that has no plain name$/)
  })
})
