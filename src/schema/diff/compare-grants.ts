import { groupBy } from '../../core/group-by.ts'
import { review, safe } from './changes.ts'
import type { Change } from './difference.ts'

/** One privilege that a statement grants to a role, or revokes from it. */
interface Grant {
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

/**
 * The privileges of other roles on an object, role by role. If the target allows more than the source, it is revoked only after a review.
 * The order of privileges, and the number of statements, make no difference.
 */
export function compareGrants(source: readonly string[], target: readonly string[]): Change[] {
  const [wanted, present] = [source, target].map((statements) =>
    groupBy(statements.flatMap(parse), ({ scope, on, role }) => JSON.stringify([scope, on, role])),
  )
  if (wanted === undefined || present === undefined) return []
  return [...new Set([...wanted.keys(), ...present.keys()])].flatMap((key) =>
    compareRole(wanted.get(key) ?? [], present.get(key) ?? []),
  )
}

function compareRole(source: readonly Grant[], target: readonly Grant[]): Change[] {
  const given = source.filter((grant) => grant.isGrant && !has(target, grant))
  const taken = target.filter((grant) => !grant.isGrant && !has(source, grant))
  const isMore =
    source.some((grant) => !grant.isGrant && !has(target, grant)) ||
    target.some((grant) => grant.isGrant && !has(source, grant))
  const [first] = [...source, ...target]
  if (first === undefined) return []
  const { scope, on, role, end } = first
  const within = [
    ...['', ' WITH GRANT OPTION'].flatMap((option) => give(given.filter((grant) => grant.option === option))),
    ...give(taken),
  ]
  const missing =
    within.length === 0 ? [] : [safe('privilege', `${role} lacks privileges on ${on}`, { within })]
  if (!isMore) return missing
  const statements = [
    `${scope}REVOKE ALL ON ${on} FROM ${role}${end}`,
    ...source.map(({ statement }) => statement),
  ]
  const reason = 'the target may need them'
  return [
    ...missing,
    review('privilege', `${role} has more privileges on ${on}`, reason, [...new Set(statements)]),
  ]
}

/** Whether a privilege is granted or revoked. With the grant option, a role has the privilege itself, too. */
function has(all: readonly Grant[], { isGrant, privilege, option }: Grant): boolean {
  return all.some(
    (other) =>
      other.isGrant === isGrant &&
      other.privilege === privilege &&
      (option === '' || other.option === option),
  )
}

/** The statement that grants privileges to one role. */
function give(grants: readonly Grant[]): string[] {
  const [first] = grants
  if (first === undefined) return []
  const { scope, on, role, option, end } = first
  const list = grants.map(({ privilege }) => privilege).join(', ')
  return [`${scope}GRANT ${list} ON ${on} TO ${role}${option}${end}`]
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

function parse(statement: string): Grant[] {
  const parts = GRANT.exec(statement)
  if (parts === null) return []
  const [, scope = '', verb, list = '', on = '', role = '', option = '', end = ''] = parts
  return privilegesOf(list, on).map((privilege) => {
    return { statement, isGrant: verb === 'GRANT', scope, privilege, on, role, option, end }
  })
}
