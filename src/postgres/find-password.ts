import type { ConnectionParameters } from '../core/database-url.ts'
import { type PasswordFileProblem, type PasswordFor, readPasswordFile } from './read-password-file.ts'

/** The server asks for a password, and there is none. */
export class NoPasswordError extends Error {
  /** Why the password file was of no use, if it is there. */
  readonly problem: PasswordFileProblem | undefined

  constructor(problem: PasswordFileProblem | undefined) {
    super('no password')
    this.problem = problem
  }
}

/**
 * The password of a connection, from its URL or the password file; called only when the server asks for one.
 * @param secrets learns what was found
 * @throws NoPasswordError
 */
export function findPassword(
  parameters: ConnectionParameters,
  wanted: PasswordFor,
  secrets: Set<string>,
): string {
  const given = parameters.get('password')
  if (given) return given
  const path = parameters.get('passfile')
  const file = path ? readPasswordFile(path, wanted) : {}
  if (!file.password) throw new NoPasswordError('problem' in file ? file.problem : undefined)
  if (file.password !== wanted.user && file.password !== wanted.database) secrets.add(file.password)
  return file.password
}
