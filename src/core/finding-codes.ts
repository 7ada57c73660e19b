/** What each code of a finding stands for. `docs/TROUBLESHOOTING.md` is checked against this table. */
export const FINDING_CODES = {
  column: 'a column that is not alike on both sides',
  connections: 'room for the connections of a run',
  encoding: 'the encodings of both sides',
  'env-file': 'who may read `.env`',
  'event-trigger': 'an event trigger of the target',
  'exclude-unmatched': 'an `exclude` pattern that matches nothing',
  'foreign-key': 'a foreign key that the source does not vouch for',
  'foreign-table': 'a foreign table, which is not copied',
  key: 'the key that rows are matched by',
  'left-alone': 'tables that a run leaves alone, unless asked: histories of migrations, and what a host owns',
  'left-out':
    'rows beside the tables of a run that are not copied: child tables, large objects, tables of extensions',
  'merge-as-owner': 'a role that may not set session_replication_role',
  migrations: 'migrations that only one side has run',
  obstacle: 'what a merge can only do by blocking readers, or not at all',
  'only-in-target': 'a table that only the target has',
  orphan: 'rows that would refer to rows that are not there',
  partition: 'the partitions of a table',
  privilege: 'a privilege that the role lacks in the target',
  reading: 'what stands in the way of reading the source',
  restriction: 'a constraint that only the target has',
  role: 'what the roles of both sides may do',
  room: 'room for the locks of a run',
  search: 'a search index',
  'search-path': 'schemas that are left out of the search path, and functions that need one',
  selection: 'patterns that select nothing, or what is no table',
  sequence: 'a sequence that is not alike on both sides',
  server: 'a server, its run lock or the state in it',
  skipped: 'a table that is left as it is',
  table: 'a table that is missing, or not alike on both sides',
  tls: 'a connection without TLS',
  type: 'a type that is not alike on both sides',
  where: 'a `where` condition',
} as const

/** What a finding is about, in a word that does not change: `accept` in a profile silences notes and warnings by it. */
export type FindingCode = keyof typeof FINDING_CODES
