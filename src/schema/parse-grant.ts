/** One privilege that a statement grants to a role, or revokes from it. */
export interface Grant {
  readonly statement: string
  readonly isGrant: boolean
  /** The beginning of the statement: `ALTER DEFAULT PRIVILEGES …`, the grantor if that is not the owner, or nothing. */
  readonly scope: string
  /** The end of `scope`. */
  readonly end: string
  readonly privilege: string
  readonly on: string
  readonly role: string
  /** ` WITH GRANT OPTION`, or nothing. */
  readonly option: string
}

/** The privileges of a statement, one by one; none if it is no GRANT or REVOKE. */
export function parseGrant(statement: string): Grant[] {
  const parts = GRANT.exec(statement)
  if (parts === null) return []
  const [, scope = '', verb, list = '', on = '', role = '', option = '', end = ''] = parts
  return privilegesOf(list, on).map((privilege) => {
    return { statement, isGrant: verb === 'GRANT', scope, privilege, on, role, option, end }
  })
}

/** Whether a privilege is granted or revoked. With the grant option, a role has the privilege itself, too. */
export function includesGrant(all: readonly Grant[], { isGrant, privilege, option }: Grant): boolean {
  return all.some(
    (other) =>
      other.isGrant === isGrant &&
      other.privilege === privilege &&
      (option === '' || other.option === option),
  )
}

/** The meaning of ALL, except MAINTAIN, which is always separate if both servers know it. */
const ALL: Readonly<Record<string, readonly string[]>> = {
  TABLE: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
  SEQUENCE: ['USAGE', 'SELECT', 'UPDATE'],
  SCHEMA: ['USAGE', 'CREATE'],
  FUNCTION: ['EXECUTE'],
  PROCEDURE: ['EXECUTE'],
  ROUTINE: ['EXECUTE'],
  TYPE: ['USAGE'],
  LANGUAGE: ['USAGE'],
}

function privilegesOf(list: string, on: string): readonly string[] {
  const [word = ''] = on.split(' ')
  return (list === 'ALL' ? ALL[word.replace(/S$/, '')] : undefined) ?? list.split(', ')
}

const NAMES = '(?:"(?:[^"]|"")*"|[^"])'
const GRANT = new RegExp(
  `^(ALTER DEFAULT PRIVILEGES ${NAMES}*? |SET ROLE ${NAMES}+?;\\n)?(GRANT|REVOKE) (${NAMES}*?) ON (${NAMES}*) (?:TO|FROM) ("(?:[^"]|"")*"|[^\\s";]+)( WITH GRANT OPTION)?(;\\nRESET ROLE)?$`,
)
