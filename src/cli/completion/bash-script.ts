import { type CompletedCommand, type CompletedFlag, LIST_PROFILES, type Value } from './completed-commands.ts'

/** The completion of mbsync for bash, also for the old one of macOS. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of mbsync for bash. In ~/.bashrc: source <(mbsync completion bash)
_mbsync() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${pathsOf(commands).join(' | ')}) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$command:$previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command:$word" in
${commands.map(flagCase).join('\n')}
${commands.map(wordCase).join('\n')}
  esac
}
_mbsync_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_mbsync_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$word"))
}
complete -F _mbsync mbsync
`
}

function pathsOf(commands: readonly CompletedCommand[]): string[] {
  return commands
    .filter(({ path }) => path !== '')
    .map(({ path }) => `'${path.includes(' ') ? '' : ' '}${path}'`)
}

/** After a flag that takes a value, nothing else can stand. */
function valueCases({ path, flags }: CompletedCommand): string[] {
  return flags.flatMap(({ names, value }) =>
    value === undefined ? [] : [`    ${patterns(path, names)}) ${complete(value)}return ;;`],
  )
}

function patterns(path: string, names: readonly string[]): string {
  return names.map((name) => `'${path}:${name}'`).join(' | ')
}

function flagCase({ path, flags }: CompletedCommand): string {
  return `    '${path}:-'*) _mbsync_words '${allNames(flags)}' ;;`
}

function wordCase({ path, commands, value = { kind: 'unknown' } }: CompletedCommand): string {
  const names = commands.map(({ name }) => name).join(' ')
  if (names === '') return `    '${path}:'*) ${complete(value)};;`
  const values = value.kind === 'profile' ? ` $(${LIST_PROFILES})` : ''
  return `    '${path}:'*) _mbsync_words "${names}${values}" ;;`
}

function allNames(flags: readonly CompletedFlag[]): string {
  return flags.flatMap(({ names }) => names).join(' ')
}

function complete(value: Value): string {
  switch (value.kind) {
    case 'unknown':
      return ''
    case 'file':
      return '_mbsync_paths -f; '
    case 'folder':
      return '_mbsync_paths -d; '
    case 'profile':
      return `_mbsync_words "$(${LIST_PROFILES})"; `
    case 'one of':
      return `_mbsync_words '${value.words.join(' ')}'; `
  }
}
