import { createRequire } from 'node:module'

/** The version of this mbsync, from its package.json, which stands two folders up both in `src` and in `dist`. */
export const VERSION: string = createRequire(import.meta.url)('../../package.json').version
