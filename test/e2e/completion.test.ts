import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REPOSITORY } from '../support/pack.ts'
import { runMbsync } from '../support/run-mbsync.ts'
import { hasProgram, runProgram } from '../support/run-program.ts'

const CONFIG = `databases: { live: { url: 'postgres://a/a' }, copy: { url: 'postgres://b/b' } }
profiles: { live-to-copy: { from: live, to: copy }, 'two words$(touch planted)': { from: live, to: copy } }`

/** Command lines as they stand when TAB is pressed, and what the last word becomes. */
const CASES = [
  ['mbsync full-s', 'full-sync'],
  ['mbsync --no-', '--no-progress'],
  ['mbsync sync --back', '--backup'],
  ['mbsync sync --backup du', 'dump'],
  ['mbsync sync live', 'live-to-copy'],
  ['mbsync --quiet check live', 'live-to-copy'],
  ['mbsync dumps pr', 'prune'],
  ['mbsync dumps prune --keep-d', '--keep-days'],
  ['mbsync dumps verify fol', 'folder'],
  ['mbsync sync --config mb', 'mbsync.yaml'],
  ['mbsync completion fi', 'fish'],
  ['mbsync help du', 'dumps'],
] as const

/** Presses TAB in bash as bash itself would do it, and prints what there is to choose from. */
const IN_BASH = `source ./script
COMP_WORDS=($1) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_mbsync
printf '%s' "\${COMPREPLY[@]}"`

/** Types the line and a TAB into an interactive zsh, whose widget shows what the line has become. */
const IN_ZSH = `zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -U compinit; compinit -u -D; source ./script'
zpty -w inner 'show() { zle -I; print -r "<$BUFFER>" }; zle -N show; bindkey "^X" show; print ready:'
zpty -r inner output '*ready:*ready:*'
zpty -w -n inner "$1"$'\\t\\x18'
zpty -r inner output '*<mbsync*>*'
output=\${output##*<}
words=(\${=output%%>*})
printf '%s' "\${words[-1]%/}"`

const IN_FISH = 'source ./script; string split -f 1 -- \\t (complete -C "$argv[1]") | string trim -r -c /'

const SHELLS = [
  ['bash', (line: string) => ['--norc', '-c', IN_BASH, 'bash', line]],
  ['zsh', (line: string) => ['-f', '-c', IN_ZSH, 'zsh', line]],
  ['fish', (line: string) => ['--no-config', '-c', IN_FISH, line]],
] as const

let scratch: string

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mbsync-completion-'))
  mkdirSync(join(scratch, 'bin'))
  const program = `#!/bin/sh\nexec '${process.execPath}' '${REPOSITORY}/bin/mbsync.js' "$@"\n`
  writeFileSync(join(scratch, 'bin/mbsync'), program, { mode: 0o755 })
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.each(SHELLS)('in %s', (shell, argsFor) => {
  test.skipIf(!hasProgram(shell))(
    'commands, flags, their values, profiles and files are completed (needs the shell)',
    async () => {
      const folder = join(scratch, shell)
      mkdirSync(join(folder, 'folder'), { recursive: true })
      writeFileSync(join(folder, 'mbsync.yaml'), CONFIG)
      writeFileSync(join(folder, 'script'), (await runMbsync(['completion', shell])).stdout)
      const env = {
        PATH: `${join(scratch, 'bin')}${delimiter}${process.env.PATH}`,
        HOME: folder,
        TERM: 'dumb',
      }
      const completed = await Promise.all(
        CASES.map(async ([line]) => {
          const { output } = await runProgram(shell, argsFor(line), { cwd: folder, env })
          return [line, output.trim()]
        }),
      )
      expect(completed).toEqual(CASES)
      const { output } = await runProgram(shell, argsFor('mbsync sync tw'), { cwd: folder, env })
      if (shell === 'bash') expect(output).toBe('two\\ words\\$\\(touch\\ planted\\)')
      expect(existsSync(join(folder, 'planted'))).toBe(false)
    },
  )
})

test('without a shell, or in a folder without profiles, completion says what it can', async () => {
  const { exitCode, stderr } = await runMbsync(['completion'])
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Missing argument: the shell')])
  expect(await runMbsync(['completion', '--profiles'])).toMatchObject({ exitCode: 0, stdout: '' })
})
