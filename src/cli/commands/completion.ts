import { Argument, type Command } from 'commander'
import { UsageError } from '../../core/errors.ts'
import type { SharedFlags } from '../common-flags.ts'
import { bashScript } from '../completion/bash-script.ts'
import { completedCommands } from '../completion/completed-commands.ts'
import { fishScript } from '../completion/fish-script.ts'
import { zshScript } from '../completion/zsh-script.ts'
import type { Presentation } from '../presentation.ts'
import type { RunJob } from '../run-job.ts'
import { addCommand } from './add-command.ts'

interface CompletionFlags extends SharedFlags {
  readonly profiles?: boolean
}

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript }

type Shell = keyof typeof SCRIPTS

const SHELLS = Object.keys(SCRIPTS)

const TEXT = {
  name: 'completion',
  summary: 'print a completion script for a shell',
  description: 'Prints a script that makes a shell complete the commands, flags and profiles of mbsync.',
  examples: [
    ['source <(mbsync completion bash)', 'in ~/.bashrc'],
    ['source <(mbsync completion zsh)', 'in ~/.zshrc, after compinit'],
    ['mbsync completion fish > ~/.config/fish/completions/mbsync.fish', 'once'],
  ],
  statuses: ['done', 'usage'],
} as const

const SCRIPT: Presentation<{ readonly shell: Shell; readonly script: string }> = {
  audience: 'anyone',
  print: ({ script }, page) => page.line(script.trimEnd()),
  toJson: (result) => result,
}

const PROFILES: Presentation<{ readonly profiles: readonly string[] }> = {
  audience: 'anyone',
  print: ({ profiles }, page) => profiles.forEach((name) => void page.line(name)),
  toJson: (result) => result,
}

/** Adds `mbsync completion <shell>`. */
export function addCompletionCommand(program: Command, runJob: RunJob): void {
  addCommand(program, TEXT)
    .addArgument(new Argument('[shell]', 'the shell that reads the script').choices(SHELLS))
    .option('--profiles', 'print the names of the profiles, one per line, instead of a script')
    .action(async (shell: Shell | undefined, _: CompletionFlags, command: Command) => {
      const flags = command.optsWithGlobals<CompletionFlags>()
      if (flags.profiles) {
        const job = async ({ config }: Parameters<Parameters<RunJob>[0]['job']>[0]) => {
          return { profiles: [...config().profiles.keys()] }
        }
        return runJob({ flags, job, presentation: PROFILES })
      }
      return runJob({ flags, job: async () => printed(shell, program), presentation: SCRIPT })
    })
}

function printed(shell: Shell | undefined, program: Command) {
  if (shell === undefined) {
    throw new UsageError('Missing argument: the shell', { hint: `Name one of ${SHELLS.join(', ')}.` })
  }
  return { shell, script: SCRIPTS[shell](completedCommands(program)) }
}
