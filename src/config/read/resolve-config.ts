import { dirname, resolve } from 'node:path'
import type { Config, DatabaseConfig, Profile, SearchIndexConfig } from '../config.ts'
import { protectPlaces } from '../protect-places.ts'
import { type ConfigFile, profileSchema } from '../schema/file-schema.ts'
import { BUILT_IN_PROFILE, type findBuiltInDatabases } from './built-in.ts'
import type { NotifySettings } from './notify-settings.ts'
import { resolveSearch } from './resolve-search.ts'

/** Joins a valid file with what is built in. What the file declares replaces what is built in under the same name. */
export function resolveConfig(
  {
    cwd,
    path,
    envFile,
  }: { readonly cwd: string; readonly path: string | undefined; readonly envFile: string },
  file: ConfigFile,
  builtIn: ReturnType<typeof findBuiltInDatabases>,
  variables: ReadonlyMap<string, string>,
): Config {
  const named = new Map([...builtIn.databases, ...declaredDatabases(file)])
  const databases = new Map(protectPlaces([...named.values()]).map((database) => [database.name, database]))
  const folder = path === undefined ? cwd : dirname(path)
  const searchIndexes = resolveSearch(folder, file, variables)
  const known = { databases, searchIndexes, variables, folder }
  const declared = Object.entries(file.profiles)
  const [only] = declared.length === 1 ? declared : []
  return {
    path,
    envFile,
    databases,
    profiles: new Map([...builtInProfiles(known), ...declaredProfiles(declared, known)]),
    backups: {
      folder: resolve(folder, file.backups.folder),
      keepLast: file.backups.keep.last,
      keepDays: file.backups.keep.days,
    },
    searchIndexes,
    notify: resolveNotify(folder, file.notify),
    defaultRules: resolveRules(profileSchema.parse({ from: '', to: '' }), known),
    defaultProfile: only?.[0] ?? BUILT_IN_PROFILE.name,
    unavailable: new Map([...builtIn.unavailable].filter(([name]) => !databases.has(name))),
    libpqVariables: new Map([...variables].filter(([name]) => name === 'HOME' || name.startsWith('PG'))),
  }
}

/** What the entries of a file refer to. */
interface Known {
  readonly databases: ReadonlyMap<string, DatabaseConfig>
  readonly searchIndexes: ReadonlyMap<string, SearchIndexConfig>
  readonly variables: ReadonlyMap<string, string>
  readonly folder: string
}

type DeclaredProfile = ConfigFile['profiles'][string]

function declaredDatabases(file: ConfigFile): [string, DatabaseConfig][] {
  return Object.entries(file.databases).map(
    ([name, { url, protected: isProtected, trust, maintenanceUrl }]) => {
      const given = {
        ...(trust === undefined ? {} : { trustedRoles: trust }),
        ...(maintenanceUrl === undefined ? {} : { maintenanceUrl }),
      }
      return [name, { name, url, isProtected, ...given }]
    },
  )
}

function builtInProfiles(known: Known): [string, Profile][] {
  const { name, from, to } = BUILT_IN_PROFILE
  if (!known.databases.has(from) || !known.databases.has(to)) return []
  return declaredProfiles([[name, profileSchema.parse({ from, to })]], known)
}

function declaredProfiles(
  declared: readonly (readonly [string, DeclaredProfile])[],
  known: Known,
): [string, Profile][] {
  return declared.map(([name, profile]) => [name, resolveProfile(name, profile, known)])
}

function resolveProfile(name: string, profile: DeclaredProfile, known: Known): Profile {
  const { databases, searchIndexes } = known
  const [from, to] = [databases.get(profile.from), databases.get(profile.to)]
  if (from === undefined || to === undefined) throw new Error(`The databases of ${name} were not checked`)
  const search = [...new Set(profile.search)].flatMap((index) => searchIndexes.get(index) ?? [])
  return { name, from, to, search, ...resolveRules(profile, known) }
}

function resolveNotify(
  folder: string,
  { webhooks, pings, metricsFile, timeout }: ConfigFile['notify'],
): NotifySettings {
  return {
    webhooks: Object.entries(webhooks).map(([name, { profiles, ...webhook }]) => {
      return { name, ...webhook, profiles }
    }),
    pings: Object.entries(pings).map(([name, { start, success, failure, profiles }]) => {
      return { name, start, success, failure, profiles }
    }),
    metricsFile: metricsFile === undefined ? undefined : resolve(folder, metricsFile),
    timeoutMs: timeout,
  }
}

function resolveRules(
  profile: DeclaredProfile,
  { variables, folder }: Pick<Known, 'variables' | 'folder'>,
): Config['defaultRules'] {
  const {
    include,
    exclude,
    where,
    keep,
    deletes,
    columns,
    mask,
    privacy,
    drift,
    strategy,
    swap,
    accept,
    jobs,
    timeouts,
    incremental,
    undo,
    backup,
    schema,
    owner,
    grants,
    largeObjects,
    after: patterns,
  } = profile
  const { connect: connectMs, lock: lockMs, silence: silenceMs, switch: switchMs } = timeouts
  const timeoutsMs = { connectMs, lockMs, silenceMs }
  const masking = { mask, privacy, maskKey: variables.get('MBSYNC_MASK_KEY') || undefined }
  const chosen = { include, exclude, where, keep, deletes, columns, ...masking }
  const after = patterns.length === 0 ? undefined : { folder, patterns }
  const rules = { ...chosen, drift, strategy, accept, jobs, backup, largeObjects, after }
  const created = { schema, owner, grants, swap: { ...swap, switchMs } }
  return { ...rules, ...created, timeouts: timeoutsMs, undoRuns: undo.keep, recheck: incremental.recheck }
}
