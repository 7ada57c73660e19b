import { RefusedError } from '../core/errors.ts'
import type { DumpFile } from './manifest.ts'
import type { Dump } from './open-dump.ts'

/** The error of a file of a dump that is not what its manifest says. */
export function damagedFile(dump: Dump, file: DumpFile, what: string): RefusedError {
  return damaged(dump.kind === 'folder' ? `${dump.path}/${file.path}` : `${dump.path} (${file.path})`, what)
}

/** The error of a dump that cannot be read; `shown` names it, or its file. */
export function damaged(shown: string, what: string, cause?: unknown): RefusedError {
  return new RefusedError(`${shown} ${what}`, {
    hint: 'The dump is damaged: use another one. Nothing has changed in the target.',
    cause,
  })
}
