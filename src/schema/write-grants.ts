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
  const { given, before, all, column } = privileges
  const [givenKeys, beforeKeys] = [new Set(given.map(keyOf)), new Set(before.map(keyOf))]
  const write = (verb: (list: string, role: string) => string, changed: readonly Privilege[]) =>
    [...groupBy(changed, ({ role, isGrantable }) => JSON.stringify([role, isGrantable]))].map(([, group]) => {
      const names = group.map(({ privilege }) => privilege)
      const role = group[0]?.role ?? null
      return (
        verb(list(names, all, column), role === null ? 'PUBLIC' : quoteName(role)) +
        option(group, verb === grant)
      )
    })
  const grant = (names: string, role: string) => `GRANT ${names} ON ${target} TO ${role}`
  const revoke = (names: string, role: string) => `REVOKE ${names} ON ${target} FROM ${role}`
  return [
    ...write(
      revoke,
      before.filter((privilege) => !givenKeys.has(keyOf(privilege))),
    ),
    ...write(
      grant,
      given.filter((privilege) => !beforeKeys.has(keyOf(privilege))),
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

function list(names: readonly string[], all: readonly string[], column: string | undefined): string {
  if (column !== undefined) return names.map((name) => `${name} (${quoteName(column)})`).join(', ')
  return names.length === all.length ? 'ALL' : names.join(', ')
}

function option(group: readonly Privilege[], isGrant: boolean): string {
  return isGrant && group[0]?.isGrantable ? ' WITH GRANT OPTION' : ''
}
