import { inject } from 'vitest'
import type { DatabaseConfig } from '../../src/config/config.ts'
import { adminOf, createRole, type DatabasePair, giveOwnership } from './databases.ts'

/** What the role that writes the target may do. */
export const TARGET_MODES = ['a superuser', 'an owner with the grant', 'a plain owner'] as const

/** One of {@link TARGET_MODES}. */
export type TargetMode = (typeof TARGET_MODES)[number]

/**
 * Those that write in ways of their own, with triggers and foreign keys asleep or awake: enough for what is not about the role itself. The grant
 * lets an owner do as a superuser does, which long tests try as well.
 */
export const WRITING_MODES: readonly TargetMode[] =
  process.env.MBSYNC_LONG_TESTS === undefined ? ['a superuser', 'a plain owner'] : TARGET_MODES

/** The pair's target as a profile names it, reached by a role of the given kind that owns everything in it. */
export async function targetFor({ target }: DatabasePair, mode: TargetMode): Promise<DatabaseConfig> {
  const staging = { name: 'staging', isProtected: false }
  if (mode === 'a superuser') return { ...staging, url: target.url }
  const role = await createRole(inject('targetUrl'))
  await giveOwnership(target, role)
  if (mode === 'an owner with the grant') {
    const admin = await adminOf(inject('targetUrl'))
    await admin.query(`GRANT SET ON PARAMETER session_replication_role TO ${role}`)
  }
  return { ...staging, url: target.urlFor(role, role) }
}
