import type { Session } from './session.ts'

const FIRST_VERSION_WITH_CHOICE = 140_000

/**
 * Has long values compressed by lz4, which takes a fraction of the time, where the server can and no setting says how. What a column says comes first.
 * @param until the end of the transaction, or of the session
 */
export function quickCompressionSql(until: 'transaction' | 'session'): string {
  return `SELECT set_config(name, 'lz4', ${until === 'transaction'}) FROM pg_settings
WHERE name = 'default_toast_compression' AND source = 'default' AND 'lz4' = ANY (enumvals)`
}

/** Ends {@link quickCompressionSql} of a session. */
export function usualCompressionSql({ serverVersion }: Session): string {
  return serverVersion < FIRST_VERSION_WITH_CHOICE ? '' : 'RESET default_toast_compression'
}
