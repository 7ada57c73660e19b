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
