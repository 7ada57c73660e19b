import { Argument, type Command } from 'commander'
import { EXIT_CODES } from '../../core/exit-codes.ts'
import { nearestName } from '../../core/nearest-name.ts'

/** Adds `help [command...]` to a command, and to those of its commands that have commands. Call it last: it names what is there. */
export function addHelpCommand(owner: Command): void {
  for (const command of owner.commands) if (command.commands.length > 0) addHelpCommand(command)
  const words = new Argument('[command...]', 'the words of the command')
    .choices(namesOf(owner))
    // For a word that is no choice, the error names the nearest one.
    .argParser((word, before: readonly string[] = []) => [...before, word])
  // The one of commander prints the help of `owner`, and no reason, if it does not know the name.
  owner
    .helpCommand(false)
    .command('help')
    .summary('print the help of a command')
    .description('Prints the help of a command.')
    .addArgument(words)
    .action((words: readonly string[] = []) => findCommand(owner, words).help())
}

function findCommand(owner: Command, [word, ...further]: readonly string[]): Command {
  if (word === undefined || owner.commands.length === 0) return owner
  const found = owner.commands.find((command) => command.name() === word)
  if (found !== undefined) return findCommand(found, further)
  const nearest = nearestName(word, namesOf(owner))
  const suggestion = nearest === undefined ? '' : `\n(Did you mean ${nearest}?)`
  return owner.error(`error: unknown command '${word}'${suggestion}`, {
    code: 'commander.unknownCommand',
    exitCode: EXIT_CODES.usage.code,
  })
}

function namesOf(owner: Command): string[] {
  return owner.commands.map((command) => command.name())
}
