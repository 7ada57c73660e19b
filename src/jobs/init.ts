import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BUILT_IN_DATABASES } from '../config/built-in.ts'
import { CONFIG_FILE_NAMES } from '../config/find-config-file.ts'
import { INIT_TEMPLATE } from '../config/init-template.ts'
import { UsageError } from '../core/errors.ts'

/** What `initConfig` wrote, and what is left to do. */
export interface InitResult {
  readonly path: string
  /** The variables that the file refers to and that must be set. */
  readonly envVariables: readonly string[]
}

/**
 * Writes a first `mbsync.yaml` into `cwd`.
 * @throws UsageError if there is one and `force` is not set, or if the file cannot be written
 */
export async function initConfig({ cwd, force }: { cwd: string; force: boolean }): Promise<InitResult> {
  const [name, otherName] = CONFIG_FILE_NAMES
  if (existsSync(join(cwd, otherName))) {
    throw new UsageError(`${otherName} is already in ${cwd}`, {
      hint: `Edit it, or rename it first: with ${name} beside it, mbsync would refuse both.`,
    })
  }
  const path = join(cwd, name)
  try {
    // 'wx' fails on an existing file in the same step that creates it, so no other writer's file is lost.
    await writeFile(path, INIT_TEMPLATE, { flag: force ? 'w' : 'wx' })
  } catch (cause) {
    throw explainWriteError(cause, path)
  }
  return { path, envVariables: BUILT_IN_DATABASES.map(({ variable }) => variable) }
}

function explainWriteError(cause: unknown, path: string): UsageError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
    return new UsageError(`${path} already exists`, { hint: 'Edit it, or replace it with --force.', cause })
  }
  return new UsageError(`${path} cannot be written`, {
    hint: 'Check that the folder exists and that this user may write it.',
    cause,
  })
}
