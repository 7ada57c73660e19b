/** How a command can end that sends documents to search indexes. */
export const SEARCH_STATUSES = [
  'done',
  'failed',
  'usage',
  'refused',
  'incomplete',
  'locked',
  'interrupted',
  'terminated',
] as const

/** How a command can end that brings rows to a database. */
export const RUN_STATUSES = [
  'done',
  'failed',
  'usage',
  'refused',
  'incomplete',
  'unknown',
  'locked',
  'interrupted',
  'terminated',
] as const
