import type { FindingCode } from '../core/finding-codes.ts'
import type { MaskRule } from '../core/mask.ts'
import type { TableName } from '../core/table-name.ts'
import type { TablePattern } from '../core/table-pattern.ts'
import type { NotifySettings } from './read/notify-settings.ts'

/** Why a built-in database cannot be used. */
export interface Unavailable {
  readonly problem: string
  /** Whether its variable has a value, which is wrong then. */
  readonly isSet: boolean
}

/** A database by name, with the URL that reaches it. The URL holds credentials: never print it. */
export interface DatabaseConfig {
  readonly name: string
  readonly url: string
  /** A protected database is never written, by any profile, with no flag to override. */
  readonly isProtected: boolean
  /** The protected database that is in the same place, if this one is protected for that alone. */
  readonly protectedLike?: string
  /** Reaches the database of the server in which others are created and renamed; undefined for one that is found. */
  readonly maintenanceUrl?: string | undefined
  /** The roles whose code may run with mbsync's rights there; undefined if nothing is said about it. */
  readonly trustedRoles?: readonly string[]
}

/** How a run writes its target: a profile without its source. */
export interface RunRules {
  readonly name: string
  readonly to: DatabaseConfig
  readonly include: readonly TablePattern[]
  readonly exclude: readonly TablePattern[]
  /** SQL conditions that rows of a source table must meet; at most one a table. */
  readonly where: readonly { readonly table: TableName; readonly condition: string }[]
  /** Rows of target tables that stay as they are: those that meet an SQL condition, or all; at most one rule a table. */
  readonly keep?: readonly { readonly table: TableName; readonly rows: string | true }[]
  /** What becomes of rows that only the target has. */
  readonly deletes?: DeletesRules
  /** Columns of source tables that are left out; at most one rule a table. */
  readonly columns: readonly { readonly table: TableName; readonly exclude: readonly string[] }[]
  /** What the values of columns become before they leave the source; at most one rule a table. */
  readonly mask?: readonly MaskRule[]
  /** Whether a column that looks personal and is neither masked nor accepted refuses a run. */
  readonly privacy?: 'report' | 'strict'
  /** The secret that masks depend on, if it is set. Never printed or stored. */
  readonly maskKey?: string | undefined
  /** What a run does about tables that do not fit into the target. */
  readonly drift: 'refuse' | 'skip'
  /** Notes and warnings with these codes are not shown. */
  readonly accept: readonly FindingCode[]
  /** How the target is written: `auto` loads tables that are all empty, and merges into others. */
  readonly strategy: 'auto' | 'merge' | 'load' | 'swap'
  readonly swap: SwapSettings
  /** How many connections read the source, and as many write the target. */
  readonly jobs: number
  readonly timeouts: { readonly connectMs: number; readonly lockMs: number; readonly silenceMs: number }
  /** How many runs can be rolled back before their undo sets are pruned. */
  readonly undoRuns: number
  /** After this many runs at the latest, the rows of the target are read again to know whether others wrote to it. */
  readonly recheck: number
  /** What a run keeps beforehand: what it changes, or that and a dump of the tables as they were. */
  readonly backup: BackupMethod
  /** What a run does about tables that the target does not have, and about what differs in those that it has. */
  readonly schema: 'check' | 'create' | 'follow'
  /** Who owns what a run creates. */
  readonly owner: 'connecting role' | 'source'
  /** Which privileges what a run creates has for other roles. */
  readonly grants: 'none' | 'source'
  /** Whether the large objects that columns refer to are copied with the rows. */
  readonly largeObjects: 'leave' | 'copy'
  /** SQL files that run after the rows; undefined for none. */
  readonly after?: AfterFiles | undefined
}

/** SQL files by patterns, which are relative to a folder. */
interface AfterFiles {
  /** An absolute path. */
  readonly folder: string
  readonly patterns: readonly string[]
}

/** Whether rows that only the target has are deleted, as in the source, or kept. */
interface DeletesRules {
  /** In tables that are not named. */
  readonly others: 'follow' | 'keep'
  readonly tables: readonly { readonly table: TableName; readonly deletes: 'follow' | 'keep' }[]
}

/** How a new database takes the place of the target. */
interface SwapSettings {
  /** How many databases that were replaced are kept. */
  readonly keep: number
  /** Whose collation and character classes the new database has. */
  readonly locale: 'source' | 'target'
  /** For how long sessions of the target may take to end. */
  readonly switchMs: number
  /** What is compared of both before the new database takes the name: how many rows came, unless given, or every value. */
  readonly verify?: 'counts' | 'full'
  /** Whether `strategy: auto` may choose it; not unless given. */
  readonly auto?: 'allow' | 'never'
  /** Whether the new database gets the publications of the target; not unless given. */
  readonly publications?: boolean
}

/** How a run keeps what it is about to change. */
export type BackupMethod = 'undo' | 'dump'

/** Where dumps of targets are kept, and for how long: the newest `keepLast` of each, and all that are younger than `keepDays`. */
export interface BackupSettings {
  /** An absolute path. */
  readonly folder: string
  readonly keepLast: number
  readonly keepDays: number
}

/** A named source → target pair with its rules. */
export interface Profile extends RunRules {
  readonly from: DatabaseConfig
  /** What is brought up to date after the database. */
  readonly search: readonly SearchIndexConfig[]
}

/** A search index: which documents, and where they go. */
export interface SearchIndexConfig {
  readonly name: string
  /** A SELECT that gives one row a document, or a table whose rows are documents; types of them, for Mixedbread. */
  readonly documents: string | TableName | readonly EntityType[]
  /** The column of the id. */
  readonly idColumn: string
  /** The id of the document that a row of a table takes part in, as SQL over its columns; for tables of which that is said. */
  readonly keys: readonly { readonly table: TableName; readonly id: string }[]
  /** Deletes above this share of the index need to be allowed. */
  readonly maxDeletePercent: number
  /** A rebuilt collection with a larger share of rejected documents is not published. */
  readonly maxRejectPercent: number
  /** How many replaced collections are kept. */
  readonly keep: number
  readonly home: TypesenseHome | MixedbreadHome | NdjsonHome
}

/** What the documents of one type are made of. All but the names are SQL over the columns of a row. */
export interface EntityType {
  readonly name: string
  readonly rows: string | TableName
  readonly id: string
  /** Whether the row is for everybody; else it is for its tenant. */
  readonly global: string
  readonly tenant: string
  readonly text: string
  readonly metadata: Readonly<Record<string, string>>
}

/** A store of Mixedbread. */
export interface MixedbreadHome {
  readonly type: 'mixedbread'
  readonly parallel: number
  /** How it is reached, or why it cannot be. */
  readonly account: MixedbreadAccount | { readonly problem: string }
}

/** A store of Mixedbread, and how it is reached. The key is never printed. */
export interface MixedbreadAccount {
  readonly apiKey: string
  readonly baseUrl: string
  /** Its id or its name. */
  readonly store: string
  readonly requestMs: number
  /** How much of the documented rates may be used. */
  readonly ratePercent: number
}

/** A collection of Typesense. */
export interface TypesenseHome {
  readonly type: 'typesense'
  /** The name that searches use. */
  readonly collection: string
  /** In the terms of Typesense; undefined for a collection that is used as it is. */
  readonly schema: TypesenseSchema | undefined
  /** Parameters of imports, in the terms of Typesense. */
  readonly importParameters?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly batch: { readonly documents: number; readonly bytes: number }
  readonly parallel: number
  /** How the server is reached, or why it cannot be. */
  readonly server: TypesenseServer | { readonly problem: string }
}

/** The schema of a collection as the file has it. */
export interface TypesenseSchema {
  readonly fields: readonly {
    readonly name: string
    readonly type: string
    readonly [key: string]: unknown
  }[]
  readonly [key: string]: unknown
}

/** How a Typesense server is reached. The key is never printed. */
export interface TypesenseServer {
  readonly nodes: readonly TypesenseNode[]
  readonly apiKey: string
  readonly connectMs: number
  readonly requestMs: number
  readonly readyMs: number
  /** How failed requests are repeated; the usual way if absent. */
  readonly pacing?: Pacing
}

/** How requests are repeated, and how long counts are watched. */
interface Pacing {
  readonly retry: { readonly attempts: number; readonly firstWaitMs: number; readonly longestWaitMs: number }
  readonly lagWaitMs: number
  readonly settleMs: number
  readonly settleReads: number
}

/** One node of a Typesense server. */
export interface TypesenseNode {
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Empty, or a path that begins with a slash. */
  readonly path: string
}

/** A file of one document a line. */
interface NdjsonHome {
  readonly type: 'ndjson'
  /** An absolute path. */
  readonly file: string
}

/** Everything mbsync is told by `mbsync.yaml`, the environment and `.env`; validated, frozen, read once. */
export interface Config {
  /** The configuration file, if one was found. */
  readonly path: string | undefined
  /** The absolute path of the file of variables, which need not be there and holds credentials if it is. */
  readonly envFile: string
  readonly databases: ReadonlyMap<string, DatabaseConfig>
  readonly profiles: ReadonlyMap<string, Profile>
  readonly backups: BackupSettings
  readonly searchIndexes: ReadonlyMap<string, SearchIndexConfig>
  readonly notify: NotifySettings
  /** The rules of a run that has no profile: every table whole, and every default. */
  readonly defaultRules: Omit<RunRules, 'name' | 'to'>
  /** The profile that is meant when none is named. It may be missing from `profiles`. */
  readonly defaultProfile: string
  /** Why a built-in database is missing from `databases`, by its name; the built-in profile is then missing too. */
  readonly unavailable: ReadonlyMap<string, Unavailable>
  /** What completes a URL of the command line, as it has completed those above: see `completeUrl()`. Holds credentials. */
  readonly libpqVariables: ReadonlyMap<string, string>
}
