interface Advice {
  readonly says: RegExp
  readonly hint: string
  /** Whether it may pass as soon as another connection is closed. */
  readonly isNoRoom?: boolean
}

/** What poolers and hosted databases answer to a startup packet, whatever its SQLSTATE, and what to do. The first that fits counts. */
const ADVICE: readonly Advice[] = [
  {
    says: /tenant or user not found|tenant identifier/i,
    hint: "Supabase's pooler knows the role as postgres.<project-ref>, on the host of the project's region: copy the session pooler's URL (port 5432) from the dashboard, under Connect.",
  },
  {
    says: /max ?clients|no more connections allowed|pool(er)?.* (is full|exhausted)|connection pool timeout|query_wait_timeout/i,
    isNoRoom: true,
    hint: "The pooler's pool is full: lower `jobs`, enlarge the pool, end other clients, or use the direct connection string of the database.",
  },
  {
    says: /edbhandlerexited|connection to database (closed|not available)|db_?termination/i,
    hint: 'The pooler cannot reach the database behind it: check in the dashboard whether the project is paused or restarting, or use the direct connection string.',
  },
  {
    says: /circuit ?breaker|too many (failed )?(authentication|login|connection) (failures|attempts)|auth_?query|server[_ ]login/i,
    hint: 'The pooler could not log in to the database behind it: correct user and password in the URL, wait a few minutes, then run again.',
  },
  {
    says: /allow[_ -]?list|not allowed to connect|ip (address )?.*not (allowed|authorized|permitted)/i,
    hint: 'The host restricts where connections may come from: add the address of this machine to its allow list.',
  },
  {
    says: /quota|compute time|usage limit|limit (is |was |has been )?(reached|exceeded)|suspended/i,
    hint: "A limit of the host's plan is used up: check the project's usage in its dashboard, then raise the limit or wait for the next period.",
  },
  {
    says: /endpoint id is not specified/i,
    hint: "Neon finds the database by the endpoint's name: add options=endpoint%3D<endpoint-id> to the URL, with the first part of the host name.",
  },
  {
    says: /endpoint|compute node|control plane/i,
    hint: "Check in the host's dashboard whether the branch and its endpoint exist and are enabled, and copy the direct connection string from there.",
  },
  {
    says: /(ssl|tls|encrypt).*(required|must be used|is not optional)|requires? (an )?(ssl|tls|encrypt)|no encryption|ssl off|insecure connection/i,
    hint: 'The server insists on TLS: add sslmode=require to the URL, or sslmode=verify-full with sslrootcert.',
  },
  {
    says: /no pg_hba\.conf entry/i,
    hint: "The server admits no connection of this role from this machine to this database: check user and database in the URL, and pg_hba.conf or the host's allow list.",
  },
  {
    says: /pam authentication failed/i,
    hint: 'A token of the host, such as for IAM on RDS, is used as the password and has expired: create a new one, or use a role with a password.',
  },
  {
    says: /too many connections for (role|database)/i,
    isNoRoom: true,
    hint: 'The role or the database has a limit of connections, which the plan of the host may set: lower `jobs`, end other clients, or raise the limit.',
  },
  {
    says: /remaining connection slots|too many clients|too many connections/i,
    isNoRoom: true,
    hint: 'The server has no free connection: lower `jobs`, end other clients, or raise max_connections.',
  },
  {
    says: /not currently accepting connections/i,
    hint: 'The database is closed: ALTER DATABASE … ALLOW_CONNECTIONS true opens it.',
  },
  {
    says: /cannot connect to invalid database/i,
    hint: 'DROP DATABASE was interrupted, and nothing but that can be done with the database: repeat it.',
  },
  {
    says: /no such database|no such user|unsupported startup parameter/i,
    hint: 'A pooler such as PgBouncer answers: its configuration does not know what the URL names. Use the direct connection string of the database.',
  },
]

/** What a server does not take while a connection opens comes from settings that are sent with it, not from rows. */
const OF_SETTINGS: readonly { readonly states: RegExp; readonly says: RegExp; readonly hint: string }[] = [
  {
    states: /^28/,
    says: /^role ".*" does not exist$/s,
    hint: 'Check the user in the database URL. Where it names none, and PGUSER and the service do not either, the user of this machine is taken: write postgresql://<user>@<host>/<database>.',
  },
  {
    states: /^(22|42704|42601)/,
    says: /./,
    hint: 'Check `options` of the database URL, and PGOPTIONS: the server does not take a setting or a role that is named there, or that ALTER ROLE … SET or ALTER DATABASE … SET gives it.',
  },
  {
    states: /^42501/,
    says: /permission denied to set/,
    hint: 'Check `options` of the database URL, and PGOPTIONS: the user may not set what is named there. A role that it is to become must be granted to it: GRANT … TO ….',
  },
]

/** Whether a server, or a pooler in front of it, says that it has no room for another connection now. */
export function saysNoRoom(message: string): boolean {
  return ADVICE.find(({ says }) => says.test(message))?.isNoRoom ?? false
}

/** What to do about what a server, or a pooler in front of it, says while a connection opens; undefined if nothing is known of it. */
export function connectionAdvice(message: string, sqlState: string): string | undefined {
  const ofSettings = OF_SETTINGS.find(({ states, says }) => states.test(sqlState) && says.test(message))
  return (ofSettings ?? ADVICE.find(({ says }) => says.test(message)))?.hint
}

/** What to do about an answer that is not known. */
export const UNKNOWN_ANSWER =
  'The server, or a pooler in front of it, refused the connection: check host, port, user and database in the URL, and the dashboard of the host.'
