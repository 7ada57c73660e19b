import { constants } from 'node:fs'
import { access, open, realpath } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import type { Check } from './checklist.ts'

/** Whether `mbsync` on the PATH is this program: isync, which synchronizes mail, installs another one of that name. */
export async function checkProgramName({
  path = '',
  own,
}: {
  readonly path: string | undefined
  readonly own: string | undefined
}): Promise<Check[]> {
  const found = await findOnPath(path)
  if (found === undefined || !(await isBinary(found))) return []
  return [
    {
      status: 'warning',
      subject: found,
      message:
        'The command `mbsync` on the PATH is another program, such as that of the package isync, which synchronizes mail',
      hint: `In crontabs and scripts, use the absolute path of this one${own === undefined ? '' : `: ${own}`}`,
    },
  ]
}

async function findOnPath(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, 'mbsync')
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  return undefined
}

/** This program is a script, and what package managers put before it is one, or has another name. */
async function isBinary(file: string): Promise<boolean> {
  const real = await realpath(file).catch(() => undefined)
  if (real === undefined || basename(real) !== 'mbsync') return false
  const handle = await open(real).catch(() => undefined)
  if (handle === undefined) return false
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer.toString('latin1') !== '#!'
  } finally {
    await handle.close()
  }
}
