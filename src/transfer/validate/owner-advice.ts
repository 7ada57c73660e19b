import { patternOf } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import type { ListedRelation } from '../../postgres/catalog/list-relations.ts'
import type { ServerFacts } from '../../postgres/catalog/read-server.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import { identifier } from '../../postgres/identifiers.ts'

/** A database, as far as advice about its roles is concerned. */
export interface Hosted {
  readonly server: Pick<ServerFacts, 'dormantRoles' | 'platform'>
  readonly relations: readonly Pick<ListedRelation, 'oid' | 'platform'>[]
}

type Owned = Pick<Partition, 'oid' | 'name' | 'owner' | 'isDormantOwner'>

/**
 * What to do if the role lacks a right of a table's owner. The advice uses what the role could already have, and suggests nothing that a
 * host never grants. `usual` is the advice for any other table. A table of a host is in a run only because it was requested, so the advice
 * says how to leave it out, and if there is a way, how to copy it.
 * @param pattern what leaves out everything that the advice is about
 */
export function asOwner(
  { relations }: Pick<Hosted, 'relations'>,
  partition: Owned,
  usual: string,
  toBringItOver?: string,
  pattern = patternOf(partition.name),
): string {
  if (partition.isDormantOwner) return inherit([partition.owner])
  const platform = relations.find(({ oid }) => oid === partition.oid)?.platform
  if (platform === undefined) return usual
  const leaveOut = `To leave it out, remove it from \`include\` (or --table), or exclude: [${yamlText(pattern)}].`
  const bringOver = toBringItOver === undefined ? '' : ` To copy it, ${toBringItOver}`
  return `It belongs to ${platform}, and ${partition.owner} is not a role that customers can use. ${leaveOut}${bringOver}`
}

/** The same if a privilege would be enough, which `usual` grants. Any role that the current one is a member of may have it. */
export function asGranted(
  database: Hosted,
  partition: Owned,
  usual: string,
  toBringItOver?: string,
  pattern?: string,
): string {
  const advice = asOwner(database, partition, usual, toBringItOver, pattern)
  return advice === usual ? orInherit(database, usual) : advice
}

/** Adds to the advice to grant something that the role is a member of roles whose rights it does not use. */
export function orInherit({ server: { dormantRoles } }: Pick<Hosted, 'server'>, usual: string): string {
  return dormantRoles.length === 0 ? usual : `${usual}. ${inherit(dormantRoles)}`
}

/** What to do about policies that apply to the role. Becoming the owner does not avoid policies that are forced on the owner. */
export function pastPolicies(
  { isDormantOwner, isRowSecurityForced, owner, name }: Partition,
  usual: string,
): string {
  if (isDormantOwner && !isRowSecurityForced) return inherit([owner])
  if (!isRowSecurityForced) return usual
  return `Use a role with BYPASSRLS; or let the owner, ${owner}, run ALTER TABLE … NO FORCE ROW LEVEL SECURITY and use that role; or leave the table out: exclude: [${yamlText(patternOf(name))}].`
}

const MOST_ROLES = 3

/** How a member of roles gets their rights. */
export function inherit(owners: readonly string[]): string {
  const shown = owners.slice(0, MOST_ROLES)
  const [first = ''] = shown
  const grant = `GRANT ${identifier(first)} TO … WITH INHERIT TRUE (before PostgreSQL 16: ALTER ROLE … INHERIT)`
  // Only a plain name needs no escapes in `options`.
  const option = /^\w+$/.test(first)
    ? `add options=${encodeURIComponent(`-c role=${first}`)} to the URL, as SET ROLE does, and keep it, as mbsync's schemas then belong to ${first}; or `
    : ''
  return `The role is a member of ${shown.join(', ')} and does not inherit its rights: ${option}${grant}.`
}
