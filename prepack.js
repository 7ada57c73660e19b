import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'

// `npm pack` builds the package from what is installed. In a fresh clone nothing is, so that comes first; its scripts would build twice.
rmSync('dist', { recursive: true, force: true })
if (!existsSync('node_modules/typescript')) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.exitCode = status ?? 1
}
