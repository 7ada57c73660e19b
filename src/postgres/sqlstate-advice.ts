/** What to do about an error of a SQLSTATE, or of a class of them; undefined if nothing is known of it. */
export function sqlStateAdvice(sqlState: string): string | undefined {
  return ADVICE.find(({ states }) => states.some((state) => sqlState.startsWith(state)))?.hint
}

const ADVICE: readonly { readonly states: readonly string[]; readonly hint: string }[] = [
  {
    states: ['28P01', '28000'],
    hint: 'Check user and password in the database URL, and pg_hba.conf: if it says "no encryption", add sslmode=require to the URL.',
  },
  { states: ['3D000'], hint: 'Check the database name at the end of the URL.' },
  { states: ['53300'], hint: 'The server has no free connection: lower `jobs`, or raise max_connections.' },
  {
    states: ['53100'],
    hint: 'The disk of the server is full: free space there, then run again. A run needs room for a copy of the synced tables, and for the rows that change.',
  },
  {
    states: ['53200'],
    hint: 'The server is out of memory or of lock slots: lower `jobs`, or raise max_locks_per_transaction.',
  },
  {
    states: ['55P03'],
    hint: 'Another session holds a lock on the table: wait for it or end it (see pg_locks and pg_stat_activity), or raise `timeouts.lock`.',
  },
  { states: ['40P01'], hint: 'Two sessions waited for each other; run again.' },
  {
    states: ['40001'],
    hint: 'On a standby, set hot_standby_feedback = on or raise max_standby_streaming_delay; then run again.',
  },
  {
    states: ['57014'],
    hint: 'Another session or a timeout on the server cancelled the statement; run again.',
  },
  {
    states: ['57P01', '57P02'],
    hint: 'The server ended the connection (a restart, a failover or pg_terminate_backend); run again when it is back.',
  },
  { states: ['57P03'], hint: 'The server is starting up or shutting down; run again when it is ready.' },
  {
    states: ['42501'],
    hint: 'The role lacks a privilege; `mbsync check` lists every privilege that a run needs.',
  },
  {
    states: ['25006'],
    hint: 'The database is read-only: point the profile at a primary that accepts writes.',
  },
  {
    states: ['23503', '23505', '23514', '23502', '23P01'],
    hint: "The target refuses the source's rows: compare the constraint on both sides (`mbsync check`). If the target has rows of its own in tables that the profile leaves out, include those tables.",
  },
  {
    states: ['22021', '22P05'],
    hint: "Compare the encodings of both databases (`SHOW server_encoding`); the target must be able to hold the source's characters.",
  },
  {
    states: ['22'],
    hint: "A value does not fit a column, or what is computed from it. Compare the column types on both sides, and look at what computes there: a `where`, `keep` or mask of the profile, and the target's generated columns, checks and indexes over expressions. The server's log names the value and the statement.",
  },
  {
    states: ['08P01'],
    hint: 'If the URL points at a pooler such as PgBouncer, use the direct connection string of the database.',
  },
  {
    states: ['42P01', '42703', '42704', '42883'],
    hint: 'The schema changed while the run was under way, or a `where` names something that PostgreSQL does not find (its search_path is empty: qualify names); run `mbsync check`.',
  },
]
