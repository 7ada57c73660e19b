import { createHash, createHmac } from 'node:crypto'
import type { Mask } from '../../core/mask.ts'
import type { Session } from '../../postgres/session.ts'

/** The length of the blocks that SHA-256 works on. */
export const BLOCK_BYTES = 64
const SHORTEST_KEY = 16

/** What masks share with the server: secret blocks, by the settings that hold them during a transaction. */
export type MaskSettings = ReadonlyMap<string, string>

/** The purpose of a subkey. Within one purpose, equal values get equal masks. */
export type MaskPurpose = 'text' | 'integer' | 'uuid' | 'row'

/** Why a secret is not acceptable; undefined if it is. */
export function findKeyProblem(key: string | undefined): string | undefined {
  if (key === undefined) return 'MBSYNC_MASK_KEY is not set'
  if (key.trim().length < SHORTEST_KEY) return `MBSYNC_MASK_KEY has fewer than ${SHORTEST_KEY} characters`
  return undefined
}

/** A short text that shows whether two secrets are the same, and nothing else about them. */
export function fingerprintOfKey(key: string): string {
  return createHmac('sha256', key).update('mbsync mask 1: fingerprint').digest('hex').slice(0, 16)
}

/** The name of the setting that holds the secret block of a purpose. */
export function settingName(purpose: MaskPurpose): string {
  return `mbsync.mask_${purpose}`
}

/** The secret block of a purpose, in hexadecimal: its subkey, padded to the length of a block. The secret itself stays in this process. */
export function settingsFor(key: string, purpose: MaskPurpose): MaskSettings {
  const subkey = createHmac('sha256', key).update(`mbsync mask 2: ${purpose}`).digest()
  const block = Buffer.concat([subkey, Buffer.alloc(BLOCK_BYTES - subkey.length)])
  return new Map([[settingName(purpose), block.toString('hex')]])
}

/**
 * Gives the secret blocks to a session for the rest of its transaction. They are bound parameters, so no statement text contains them, and
 * neither do `pg_stat_activity` and `pg_stat_statements`.
 */
export async function giveKeys(session: Session, settings: MaskSettings): Promise<void> {
  if (settings.size === 0) return
  await session.query(
    'SELECT FROM pg_catalog.json_each_text($1::pg_catalog.json) AS s (name, value) WHERE pg_catalog.set_config(s.name, s.value, true) IS NULL',
    [JSON.stringify(Object.fromEntries(settings))],
  )
}

/**
 * The digests that a mask may have, for a table with keyed masks or one without: none if only a source knows that, as for SQL, which may call functions of it,
 * or without the key.
 */
export function digestsWithoutSource(mask: Mask, key: string | undefined): string[] {
  const isOfSource = mask.kind === 'sql' || mask.kind === 'accept' || mask.where !== undefined
  return isOfSource || key === undefined ? [] : [undefined, key].map((each) => digestOfMask(mask, [], each))
}

/** A digest of one mask, by the rule alone: another version of mbsync may write it as another SQL. `functions` are those that it may call. */
export function digestOfMask(
  { allow: _, ...mask }: Mask,
  functions: readonly string[],
  key: string | undefined,
): string {
  return digestOfMasks([mask, functions], key)
}

/** A digest that is equal for masks of a table exactly if they give the same values. */
export function digestOfMasks(facts: object, key: string | undefined): string {
  const fingerprint = key === undefined ? '' : fingerprintOfKey(key)
  return createHash('sha256').update(JSON.stringify(facts)).update(fingerprint).digest('hex')
}
