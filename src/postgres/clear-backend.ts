import type pg from 'pg'
import { within } from './within.ts'

/** A statement that is still running keeps the pooler from giving the backend to others: then nothing need be cleared. */
const CLEARING_MS = 1000

/** Clears everything that was set on a pooler's session before it is closed, as not every pooler does so. Never throws. */
export async function clearBackend(client: pg.Client): Promise<void> {
  const clear = async () => {
    await client.query('ROLLBACK')
    await client.query('DISCARD ALL')
  }
  await within(CLEARING_MS, undefined, clear).catch(() => undefined)
}
