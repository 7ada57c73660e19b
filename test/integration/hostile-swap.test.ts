import { expect, test } from 'vitest'
import { hostileParts } from '../fixtures/hostile/hostile-parts.ts'
import { hostileSourceSql } from '../fixtures/hostile/hostile-scripts.ts'
import { expectSameContent } from '../support/database-content.ts'
import { connect } from '../support/databases.ts'
import { runRollback, runSync } from '../support/run-sync.ts'
import { createSwapPair } from '../support/swapped.ts'

// Large values arrive as in a load, whose test has them.
test.each(hostileParts.filter(({ name }) => name !== 'large'))(
  'the hostile $name arrive identical in a database that takes the place of another, by a plain owner',
  async (part) => {
    const pair = await createSwapPair('a plain owner', { targetSql: 'CREATE TABLE former (id int)' })
    try {
      await pair.source.client.query(hostileSourceSql(part))
      const profile = { to: pair.to, strategy: 'swap' as const }
      await runSync(pair, { profile })
      const client = await connect(pair.target.url)
      await expectSameContent(pair.source.client, client).finally(() => client.end())
      await runRollback(pair, { profile })
      expect(await pair.ask('SELECT * FROM public.former')).toEqual([])
    } finally {
      await pair.drop()
    }
  },
  120_000,
)
