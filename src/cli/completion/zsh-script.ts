import { type CompletedCommand, type CompletedFlag, LIST_PROFILES, type Value } from './completed-commands.ts'

/** The completion of mbsync for zsh: to be sourced, or to be a file `_mbsync` in a folder of `fpath`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef mbsync
# Completion of mbsync for zsh. In ~/.zshrc, after compinit: source <(mbsync completion zsh)
_mbsync_profiles() {
  local -a profiles=(\${(f)"$(${LIST_PROFILES})"})
  _describe profile profiles
}
${commands.map(describeFunction).join('\n')}
if [[ $funcstack[1] == _mbsync ]]; then
  _mbsync "$@"
else
  compdef _mbsync mbsync
fi
`
}

function describeFunction(command: CompletedCommand): string {
  const { path, commands, flags, value } = command
  const specs = flags.map(flagSpec)
  if (commands.length > 0) specs.push("'1:command:->command'", "'*::argument:->arguments'")
  else if (value !== undefined) specs.push(`'1:argument:${actionOf(value)}'`)
  return `${functionName(path)}() {
  local curcontext="$curcontext" state line
  local -A opt_args
  _arguments -C \\
    ${specs.join(' \\\n    ')}
${commands.length > 0 ? dispatch(command) : ''}}`
}

function dispatch({ path, commands, standard, value }: CompletedCommand): string {
  const named = commands.map(({ name, description }) => quote(`${name}:${description}`))
  const branch = (word: string, name: string) => `        ${word}) ${functionName(`${path} ${name}`)} ;;`
  const branches = commands.map(({ name }) => branch(name, name))
  if (standard !== undefined) branches.push(branch('*', standard))
  return `  case $state in
    command)
      local -a commands=(
        ${named.join('\n        ')}
      )
      _describe command commands${value === undefined ? '' : `\n      ${actionOf(value)}`}
      ;;
    arguments)
      case $words[1] in
${branches.join('\n')}
      esac
      ;;
  esac
`
}

function functionName(path: string): string {
  return `_mbsync${path === '' ? '' : `_${path.trim().replaceAll(/[ -]/g, '_')}`}`
}

/** \`'*--table[only these tables]:value:'\`; the star lets a flag be given again. */
function flagSpec({ names, description, value }: CompletedFlag): string {
  const action = value === undefined ? '' : `:value:${actionOf(value)}`
  const told = description.replaceAll(/[[\]:\\\\]/g, (special) => `\\${special}`)
  return names.map((name) => quote(`*${name}[${told}]${action}`)).join(' ')
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case 'unknown':
      return ' '
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'profile':
      return '_mbsync_profiles'
    case 'one of':
      return `(${value.words.join(' ')})`
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
