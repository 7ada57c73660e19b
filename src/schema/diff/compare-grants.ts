import { groupBy } from '../../core/group-by.ts'
import { review, safe } from './changes.ts'
import type { Change } from './difference.ts'

/** What one statement gives to a role, or takes from it. */
interface Grant {
  readonly statement: string
  readonly isGrant: boolean
  /** What stands before it: `ALTER DEFAULT PRIVILEGES …`, the role that gives it if that is not the owner, or nothing. */
  readonly scope: string
  /** What ends `scope`. */
  readonly end: string
  readonly privileges: readonly string[]
  readonly on: string
  readonly role: string
  readonly option: string
}

/** What other roles may do with an object, role by role. What the target allows beyond the source is not taken away without a review. */
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
  const lacks = (all: readonly Grant[]) => (grant: Grant) =>
    all.every(({ statement }) => statement !== grant.statement)
  const given = source.filter(lacks(target)).filter(({ isGrant }) => isGrant)
  const taken = target.filter(lacks(source)).filter(({ isGrant }) => !isGrant)
  const isMore =
    source.filter(lacks(target)).some(({ isGrant }) => !isGrant) ||
    target.some((grant) => grant.isGrant && !isCovered(grant, source))
  const [first] = [...source, ...target]
  if (first === undefined) return []
  const { scope, on, role, end } = first
  const within = [...given.map(({ statement }) => statement), ...taken.map(giveBack)]
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

function isCovered({ privileges, option }: Grant, source: readonly Grant[]): boolean {
  const own = source
    .filter((grant) => grant.isGrant && grant.option === option)
    .flatMap((grant) => grant.privileges)
  return own.includes('ALL') || privileges.every((privilege) => own.includes(privilege))
}

function giveBack({ scope, privileges, on, role, end }: Grant): string {
  return `${scope}GRANT ${privileges.join(', ')} ON ${on} TO ${role}${end}`
}

const NAMES = '(?:"(?:[^"]|"")*"|[^"])'
const GRANT = new RegExp(
  `^(ALTER DEFAULT PRIVILEGES ${NAMES}*? |SET ROLE ${NAMES}+?;\\n)?(GRANT|REVOKE) (${NAMES}*?) ON (${NAMES}*) (?:TO|FROM) ("(?:[^"]|"")*"|[^\\s";]+)( WITH GRANT OPTION)?(;\\nRESET ROLE)?$`,
)

function parse(statement: string): Grant[] {
  const parts = GRANT.exec(statement)
  if (parts === null) return []
  const [, scope = '', verb, list = '', on = '', role = '', option = '', end = ''] = parts
  return [
    { statement, isGrant: verb === 'GRANT', scope, privileges: list.split(', '), on, role, option, end },
  ]
}
