import type pg from 'pg'
import { within } from './within.ts'

/** A statement that is still running keeps the pooler from giving the backend to others: then nothing need be cleared. */
const CLEARING_MS = 1000

/** Closes a connection. Of a pooler's session everything is cleared that was set on it, as not every pooler does so. Never throws. */
export async function endConnection(client: pg.Client, isPooled: boolean): Promise<void> {
  if (isPooled) await within(CLEARING_MS, undefined, clear(client)).catch(() => undefined)
  await client.end().catch(() => undefined)
}

async function clear(client: pg.Client): Promise<void> {
  await client.query('ROLLBACK')
  await client.query('DISCARD ALL')
}
