import { type CompletedCommand, type CompletedFlag, LIST_PROFILES, type Value } from './completed-commands.ts'

/** The completion of mbsync for fish. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const paths = commands.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`)
  return `# Completion of mbsync for fish. mbsync completion fish > ~/.config/fish/completions/mbsync.fish
function __mbsync_is
    set -l command ''
    for word in (commandline -opc)[2..-1]
        switch (string trim -- "$command $word")
            case ${paths.join(' ')}
                set command (string trim -- "$command $word")
        end
    end
    test "$command" = "$argv[1]"
end
complete -c mbsync -f
${commands.flatMap(linesOf).join('\n')}
`
}

function linesOf({ path, commands, flags, value }: CompletedCommand): string[] {
  const start = `complete -c mbsync -n ${quote(`__mbsync_is ${quote(path)}`)}`
  return [
    ...commands.map(({ name, description }) => `${start} -a ${name} -d ${quote(description)}`),
    ...(value === undefined || value.kind === 'unknown' ? [] : [`${start} ${candidates(value)}`]),
    ...flags.map((flag) => `${start} ${describeFlag(flag)}`),
  ]
}

function describeFlag({ names, description, value }: CompletedFlag): string {
  const switches = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  )
  const required = value === undefined ? '' : ` -r ${candidates(value)}`
  return `${switches.join(' ')}${required} -d ${quote(description)}`
}

function candidates(value: Value): string {
  switch (value.kind) {
    case 'unknown':
      return '-f'
    case 'file':
      return '-F'
    case 'folder':
      return "-f -a '(__fish_complete_directories)'"
    case 'profile':
      return `-f -a '(${LIST_PROFILES})'`
    case 'one of':
      return `-f -a '${value.words.join(' ')}'`
  }
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\\\]/g, (special) => `\\${special}`)}'`
}
