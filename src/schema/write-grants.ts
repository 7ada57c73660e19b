import { groupBy } from '../core/group-by.ts'
import { quoteName } from './quote-name.ts'

/** One privilege of one role. */
export interface Privilege {
  /** Null for PUBLIC. */
  readonly role: string | null
  readonly privilege: string
  readonly isGrantable: boolean
  /** The grantor, if that was not the owner but a role with the grant option. */
  readonly grantor?: string | null
}

/** The privileges of an object, or of one of its columns. */
export interface Privileges {
  readonly column: string | undefined
  /** All privileges that exist for its kind. */
  readonly all: readonly string[]
  /** The privileges of roles. */
  readonly given: readonly Privilege[]
  /** The privileges of roles before anything is granted. */
  readonly before: readonly Privilege[]
}

/** The statements that change the initial privileges on `target` into these: first REVOKE, then GRANT, with PUBLIC first. */
export function writeGrants(privileges: Privileges, target: string): string[] {
  const { given, before } = privileges
  const [givenKeys, beforeKeys] = [new Set(given.map(keyOf)), new Set(before.map(keyOf))]
  const revoked = before.filter((privilege) => !givenKeys.has(keyOf(privilege)))
  const granted = inOrderOfGrant(given.filter((privilege) => !beforeKeys.has(keyOf(privilege))))
  return [
    ...byRole(revoked).flatMap(({ role, names }) =>
      lists(names, privileges).map((list) => `REVOKE ${list} ON ${target} FROM ${role}`),
    ),
    ...byRole(granted).flatMap(({ role, names, option, grantor }) =>
      lists(names, privileges).map((list) =>
        grantedBy(grantor, `GRANT ${list} ON ${target} TO ${role}${option}`),
      ),
    ),
  ]
}

/** The roles that the statements name. */
export function rolesOf({ given, before }: Privileges): string[] {
  return [
    ...new Set([...given, ...before].flatMap(({ role, grantor }) => [role ?? [], grantor ?? []].flat())),
  ]
}

const NAME = '("(?:[^"]|"")+"|[^" ;]+)'
const BY_OTHER = new RegExp(`^(?:SET ROLE ${NAME};\n|ALTER DEFAULT PRIVILEGES FOR ROLE ${NAME} )`)

/** PostgreSQL takes the current role as the grantor. */
function grantedBy(grantor: string | undefined, grant: string): string {
  return grantor === undefined ? grant : `SET ROLE ${quoteName(grantor)};\n${grant};\nRESET ROLE`
}

/** The roles that must execute some of the grants, because they are not the owner's, or are about what another role will create. */
export function grantorsOf(statements: readonly string[]): string[] {
  return statements.flatMap((statement) => {
    const [, grantor, creator] = BY_OTHER.exec(statement) ?? []
    const name = grantor ?? creator
    if (name === undefined) return []
    return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
  })
}

function keyOf({ role, privilege, isGrantable, grantor = null }: Privilege): string {
  return JSON.stringify([role, privilege, isGrantable, grantor])
}

/** A grantor must have received the right to grant before. The owner has it. */
function inOrderOfGrant(privileges: readonly Privilege[]): Privilege[] {
  const ordered = privileges.filter(({ grantor }) => (grantor ?? null) === null)
  const able = new Set(ordered.map(({ role }) => role))
  let open = privileges.filter((privilege) => !ordered.includes(privilege))
  while (open.length > 0) {
    const next = open.filter(({ grantor }) => able.has(grantor ?? null))
    // Privileges that the role has from elsewhere, as on a column of a table.
    const taken = next.length > 0 ? next : open
    ordered.push(...taken)
    for (const { role } of taken) able.add(role)
    open = open.filter((privilege) => !taken.includes(privilege))
  }
  return ordered
}

interface RolePrivileges {
  readonly role: string
  readonly names: readonly string[]
  readonly option: string
  readonly grantor: string | undefined
}

function byRole(privileges: readonly Privilege[]): RolePrivileges[] {
  const groups = groupBy(privileges, ({ role, isGrantable, grantor = null }) =>
    JSON.stringify([role, isGrantable, grantor]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const role = first.role === null ? 'PUBLIC' : quoteName(first.role)
    const option = first.isGrantable ? ' WITH GRANT OPTION' : ''
    return [
      { role, names: group.map(({ privilege }) => privilege), option, grantor: first.grantor ?? undefined },
    ]
  })
}

/** Servers before 17 do not know MAINTAIN. It is a separate statement, so that it can be left out. */
function lists(names: readonly string[], { all, column }: Privileges): string[] {
  if (column !== undefined) return [names.map((name) => `${name} (${quoteName(column)})`).join(', ')]
  if (names.length === all.length) return ['ALL']
  const others = names.filter((name) => name !== MAINTAIN)
  return [...(others.length === 0 ? [] : [others.join(', ')]), ...names.filter((name) => name === MAINTAIN)]
}

const MAINTAIN = 'MAINTAIN'
