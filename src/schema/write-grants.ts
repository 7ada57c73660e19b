import { groupBy } from '../core/group-by.ts'
import { quoteName } from './quote-name.ts'

/** One privilege of one role. */
export interface Privilege {
  /** Null for PUBLIC. */
  readonly role: string | null
  readonly privilege: string
  readonly isGrantable: boolean
}

/** The privileges of an object, or of one of its columns. */
export interface Privileges {
  readonly column: string | undefined
  /** All privileges that there are for its kind. */
  readonly all: readonly string[]
  /** What roles have. */
  readonly given: readonly Privilege[]
  /** What roles have before anything is granted. */
  readonly before: readonly Privilege[]
}

/** The statements that make privileges of what there was before, on `target`: taken away first, then given, PUBLIC first. */
export function writeGrants(privileges: Privileges, target: string): string[] {
  const { given, before } = privileges
  const [givenKeys, beforeKeys] = [new Set(given.map(keyOf)), new Set(before.map(keyOf))]
  const revoked = before.filter((privilege) => !givenKeys.has(keyOf(privilege)))
  const granted = given.filter((privilege) => !beforeKeys.has(keyOf(privilege)))
  return [
    ...byRole(revoked).flatMap(({ role, names }) =>
      lists(names, privileges).map((list) => `REVOKE ${list} ON ${target} FROM ${role}`),
    ),
    ...byRole(granted).flatMap(({ role, names, option }) =>
      lists(names, privileges).map((list) => `GRANT ${list} ON ${target} TO ${role}${option}`),
    ),
  ]
}

/** The roles that the statements name. */
export function rolesOf({ given, before }: Privileges): string[] {
  return [...new Set([...given, ...before].flatMap(({ role }) => role ?? []))]
}

function keyOf({ role, privilege, isGrantable }: Privilege): string {
  return JSON.stringify([role, privilege, isGrantable])
}

interface RolePrivileges {
  readonly role: string
  readonly names: readonly string[]
  readonly option: string
}

function byRole(privileges: readonly Privilege[]): RolePrivileges[] {
  const groups = groupBy(privileges, ({ role, isGrantable }) => JSON.stringify([role, isGrantable]))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const role = first.role === null ? 'PUBLIC' : quoteName(first.role)
    const option = first.isGrantable ? ' WITH GRANT OPTION' : ''
    return [{ role, names: group.map(({ privilege }) => privilege), option }]
  })
}

/** Servers before 17 know no MAINTAIN: it stands alone, so that it can be left out. */
function lists(names: readonly string[], { all, column }: Privileges): string[] {
  if (column !== undefined) return [names.map((name) => `${name} (${quoteName(column)})`).join(', ')]
  if (names.length === all.length) return ['ALL']
  const others = names.filter((name) => name !== MAINTAIN)
  return [...(others.length === 0 ? [] : [others.join(', ')]), ...names.filter((name) => name === MAINTAIN)]
}

const MAINTAIN = 'MAINTAIN'
