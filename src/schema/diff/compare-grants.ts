import { groupBy } from '../../core/group-by.ts'
import { type Grant, includesGrant, parseGrant } from '../parse-grant.ts'
import { review, safe } from './changes.ts'
import type { Change } from './difference.ts'

/**
 * The privileges of other roles on an object, role by role. If the target allows more than the source, it is revoked only after a review.
 * The order of privileges, and the number of statements, make no difference.
 */
export function compareGrants(source: readonly string[], target: readonly string[]): Change[] {
  const [wanted, present] = [source, target].map((statements) =>
    groupBy(statements.flatMap(parseGrant), ({ scope, on, role }) => JSON.stringify([scope, on, role])),
  )
  if (wanted === undefined || present === undefined) return []
  return [...new Set([...wanted.keys(), ...present.keys()])].flatMap((key) =>
    compareRole(wanted.get(key) ?? [], present.get(key) ?? []),
  )
}

function compareRole(source: readonly Grant[], target: readonly Grant[]): Change[] {
  const given = source.filter((grant) => grant.isGrant && !includesGrant(target, grant))
  const taken = target.filter((grant) => !grant.isGrant && !includesGrant(source, grant))
  const isMore =
    source.some((grant) => !grant.isGrant && !includesGrant(target, grant)) ||
    target.some((grant) => grant.isGrant && !includesGrant(source, grant))
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

/** The statement that grants privileges to one role. */
function give(grants: readonly Grant[]): string[] {
  const [first] = grants
  if (first === undefined) return []
  const { scope, on, role, option, end } = first
  const list = grants.map(({ privilege }) => privilege).join(', ')
  return [`${scope}GRANT ${list} ON ${on} TO ${role}${option}${end}`]
}
