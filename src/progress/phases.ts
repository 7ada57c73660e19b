/** The steps of a job that a person can watch. */
export const PHASES = [
  'verify',
  'validate',
  'build',
  'create',
  'backup',
  'export',
  'compare',
  'land',
  'merge',
  'switch',
  'finish',
  'search',
] as const

/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number]

/** A part of a phase that is work of one kind, of which is known how much there is. */
export type Stage = (typeof STAGES)[number]

/** What {@link Stage} can be. Rows are compared, kept for a rollback, written and proven; bytes are indexed. */
export const STAGES = [
  'create',
  'index',
  'check',
  'compare',
  'keep',
  'write',
  'prove',
  'analyze',
  'refresh',
] as const

/** What is done for a search index, from its beginning to its end. */
export type SearchStep = 'waiting' | 'checking' | 'comparing' | 'reconciling' | 'sending' | 'publishing'
