// What `import … from 'mbsync'` gives: docs/API.md. What is exported here is stable, the rest is not.
export type { Config } from '../config/config.ts'
export {
  FailedError,
  InterruptedError,
  LockedError,
  MbsyncError,
  RefusedError,
  UnknownOutcomeError,
  UsageError,
} from '../core/errors.ts'
export { EXIT_CODES, type ExitStatus } from '../core/exit-codes.ts'
export type { Finding } from '../core/finding.ts'
export type { RowCounts } from '../core/row-counts.ts'
export { VERSION } from '../core/version.ts'
export type { Question } from '../progress/confirm.ts'
export type { Phase } from '../progress/phases.ts'
export type { ProgressEvent } from '../progress/progress.ts'
export { type LoadConfigOptions, loadConfig } from './load-config.ts'
export type { ReadMode, SelectionChoice, WatchOptions, WriteOptions } from './options.ts'
export type {
  SearchResult,
  SkippedTableResult,
  TableResult,
  VerifiedTableResult,
  WarningResult,
} from './results.ts'
export { type RollbackOptions, type RollbackResult, rollback } from './rollback.ts'
export { type SyncOptions, type SyncResult, sync } from './sync.ts'
export { type VerifyOptions, type VerifyResult, verify } from './verify.ts'
