/** One thing that is wrong with the configuration: where, as keys and indexes from the top, and what. */
export interface Problem {
  readonly path: readonly PropertyKey[]
  /** Never holds a value of the file or of a variable: any of them may be a secret. */
  readonly message: string
}

/** A problem in one line, such as `profiles.prod-to-staging.jobs: must be a whole number from 1 to 32`. */
export function displayProblem({ path, message }: Problem): string {
  return path.length === 0 ? message : `${displayPath(path)}: ${message}`
}

/** A key as a message may show it. A URL or a connection string that slipped into a key, or what was meant to be one, holds a password, so it is left out. */
export function displayKey(key: string): string {
  return /:\/\/|@|=/.test(key) ? '…' : key
}

/** A string that two paths share exactly when they are the same. */
export function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path)
}

function displayPath(path: readonly PropertyKey[]): string {
  return path.map(displayStep).join('').replace(/^\./, '')
}

function displayStep(step: PropertyKey): string {
  if (typeof step === 'number') return `[${step}]`
  const key = displayKey(String(step))
  return /^[\w-]+$/.test(key) ? `.${key}` : `['${key}']`
}
