import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Check } from './checklist.ts'

const OTHERS_MAY_READ = 0o044

/** Whether a file with credentials, if it is there, is kept from other users. */
export async function checkSecrecy(path: string): Promise<Check[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) return []
  if ((found.mode & OTHERS_MAY_READ) === 0) {
    return [{ status: 'ok', subject: path, message: 'Can be read by its owner only' }]
  }
  return [
    {
      status: 'warning',
      subject: path,
      message: 'Holds credentials, and other users may read it',
      hint: `chmod 600 ${path}`,
    },
  ]
}

/** Whether backups can be written to a folder, which need not be there yet. */
export async function checkBackupFolder(folder: string): Promise<Check> {
  const nearest = await nearestFolder(folder)
  const isWritable = await access(nearest, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (isWritable) return { status: 'ok', subject: folder, message: 'Backups can be written there' }
  return {
    status: 'failure',
    subject: folder,
    message: `Backups cannot be written there: this user may not write to ${nearest}`,
    hint: 'Change the owner of the folder, or `backups.folder` in mbsync.yaml.',
  }
}

async function nearestFolder(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  return isThere || dirname(path) === path ? path : nearestFolder(dirname(path))
}
