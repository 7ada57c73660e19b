/** What the runs of imports are called in the state of their target. */
export const IMPORT_PROFILE = 'import'
