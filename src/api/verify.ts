import type { Config } from '../config/config.ts'
import { chooseProfile } from '../config/one-off.ts'
import { checkOptions } from './check-options.ts'
import { verifyResultToJson } from './json/verify-result-to-json.ts'
import { loadConfig } from './load-config.ts'
import type { SelectionChoice, WatchOptions } from './options.ts'
import type { VerifyJson } from './results.ts'
import { selectionOptions } from './selection.ts'
import { verifyStatus } from './verify-status.ts'
import { watched } from './watched.ts'

/** What {@link verify} can be asked. */
export interface VerifyOptions extends SelectionChoice, WatchOptions {
  /** What `loadConfig()` returned; it is called without options unless given. */
  readonly config?: Config | undefined
  /** How much of each table is compared, chosen by key; 100 unless given. */
  readonly samplePercent?: number | undefined
  /** How many differing rows of a table are named, up to 10,000; 10 unless given. */
  readonly limit?: number | undefined
}

/** What `mbsync verify --json` prints, and its exit status. */
export interface VerifyResult extends VerifyJson {
  /** `refused` if a table cannot be compared; `incomplete` if runs skip the tables that were not. */
  readonly status: 'done' | 'different' | 'refused' | 'incomplete'
}

/**
 * Compares both sides of a profile row by row, as `mbsync verify` does. Differences are in the result, not thrown.
 * @throws MbsyncError: UsageError, RefusedError, FailedError, InterruptedError
 */
export async function verify(options: VerifyOptions = {}): Promise<VerifyResult> {
  checkOptions('verify', options)
  const { config = loadConfig(), profile, samplePercent = 100, limit = 10 } = options
  const rules = chooseProfile(config, profile, options)
  const asked = {
    ...selectionOptions(options),
    skipsDrift: options.skipDrift === true,
    samplePercent,
    limit,
  }
  const { verify: compare } = await import('../jobs/verify.ts')
  const result = await watched(options, (context) => compare(rules, asked, context))
  return { ...verifyResultToJson(result), status: verifyStatus(result) }
}
