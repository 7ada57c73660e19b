import type { DatabaseConfig, Unavailable } from '../config.ts'
import { completeUrl } from './complete-url.ts'
import { findVariableProblem } from './expand-variables.ts'

/** The profile that exists without a file. */
export const BUILT_IN_PROFILE = { name: 'prod-to-staging', from: 'production', to: 'staging' } as const

/** What runs between two databases of the command line are called in the state of their target. */
export const ONE_OFF_PROFILE = 'one-off'

/** What the runs of imports are called there. */
export const IMPORT_PROFILE = 'import'

/** The databases that exist without a file, and the variables that hold their URLs. */
export const BUILT_IN_DATABASES = [
  { name: 'production', variable: 'PRODUCTION_DATABASE_URL', isProtected: true },
  { name: 'staging', variable: 'STAGING_DATABASE_URL', isProtected: false },
] as const

/** The built-in databases that the variables allow, and why the others cannot be used, both by name. */
export function findBuiltInDatabases(variables: ReadonlyMap<string, string>): {
  readonly databases: ReadonlyMap<string, DatabaseConfig>
  readonly unavailable: ReadonlyMap<string, Unavailable>
} {
  const databases = new Map<string, DatabaseConfig>()
  const unavailable = new Map<string, Unavailable>()
  for (const { name, variable, isProtected } of BUILT_IN_DATABASES) {
    const unset = findVariableProblem(variable, variables)
    const completed = completeUrl(variables.get(variable) ?? '', variables)
    if (unset !== undefined) unavailable.set(name, { problem: unset, isSet: false })
    else if ('problem' in completed)
      unavailable.set(name, { problem: `the variable ${variable} ${completed.problem}`, isSet: true })
    else databases.set(name, { name, url: completed.url, isProtected })
  }
  return { databases, unavailable }
}
