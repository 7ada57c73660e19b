import { type CompletedCommand, LIST_PROFILES, type Value } from './completed-commands.ts'

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
# Takes one word a line. compgen -W would run what stands in them.
_mbsync_words() {
  local line quoted
  while IFS= read -r line; do
    printf -v quoted '%q' "$line"
    if [[ -n $line && ( $line == "$word"* || $quoted == "$word"* ) ]]; then COMPREPLY+=("$quoted"); fi
  done <<< "$1"
}
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
    value === undefined
      ? []
      : [`    ${names.map((name) => `'${path}:${name}'`).join(' | ')}) ${complete(value)}return ;;`],
  )
}

function flagCase({ path, flags }: CompletedCommand): string {
  return `    '${path}:-'*) _mbsync_words ${listed(flags.flatMap(({ names }) => names))} ;;`
}

function wordCase({ path, commands, value = { kind: 'unknown' } }: CompletedCommand): string {
  const names = commands.map(({ name }) => name)
  if (names.length === 0) return `    '${path}:'*) ${complete(value)};;`
  const values = value.kind === 'profile' ? `; ${OF_PROFILES}` : ''
  return `    '${path}:'*) _mbsync_words ${listed(names)}${values} ;;`
}

/** Words of our own, one a line. */
function listed(words: readonly string[]): string {
  return `$'${words.join('\\n')}'`
}

const OF_PROFILES = `_mbsync_words "$(${LIST_PROFILES})"`

function complete(value: Value): string {
  switch (value.kind) {
    case 'unknown':
      return ''
    case 'file':
      return '_mbsync_paths -f; '
    case 'folder':
      return '_mbsync_paths -d; '
    case 'profile':
      return `${OF_PROFILES}; `
    case 'one of':
      return `_mbsync_words ${listed(value.words)}; `
  }
}
