import { FailedError, MbsyncError } from '../core/errors.ts'

const REASONS: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, or write elsewhere.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or write elsewhere.'],
  EFBIG: [
    'the file has become larger than the file system allows',
    'Write to another file system, or a dump as a folder.',
  ],
  EACCES: ['permission denied', 'Run as a user who may write there, or choose another folder.'],
  EPERM: ['not permitted', 'Run as a user who may write there, or choose another folder.'],
  EROFS: ['the file system is read-only', 'Choose another folder.'],
  ENOENT: ['the file or folder does not exist', 'Check the path.'],
  ENOTDIR: ['a part of the path is not a folder', 'Check the path.'],
  EPIPE: ['the reader of the pipe has ended', 'Let its reader run to the end.'],
  EIO: ['the disk reports an error', 'Check the disk, or use another one.'],
  EMFILE: ['too many files are open', 'Raise the limit of open files (ulimit -n), or use fewer --jobs.'],
}

/** An error of the file system as a person should read it; any other is returned as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  if (error instanceof MbsyncError || !(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = REASONS[code]
  if (known === undefined) return error
  const [what, hint] = known
  return new FailedError(`${path}: ${what}`, { hint, cause: error })
}

/** Runs work on files, and tells its errors as a person should read them. */
export async function onFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw explainFileError(error, path)
  }
}
