import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildProgram } from '../../../src/cli/program.ts'
import { captureSurroundings } from '../../support/captured-surroundings.ts'
import { REPOSITORY } from '../../support/pack.ts'

/** What makes a word of sh, or is one already. */
const QUOTED =
  /^(printable\()?(shellWord|profileArguments|databaseArgument|targetArguments)\(|^(id|named|now|target|printable\(named\)|shownTarget\(flags\))$/

/** A command with what follows it in a text, up to the end of the sentence. */
const COMMAND = (names: readonly string[]) =>
  new RegExp(
    `\\bmbsync (?:${names.join('|')})\\b((?:\\$\\{[^}]*\\}|[^\`'"<\\\\$;:,()\\n]|<(?=[a-z]+>))*)`,
    'g',
  )
/** A flag that is suggested alone. */
const FLAG = /--(?:table|exclude|index|nest|to|from)((?: \$\{[^}]*\})+)/g

test('names stand quoted in every command that a message suggests', () => {
  const { commands } = buildProgram(async () => undefined, captureSurroundings())
  const source = join(REPOSITORY, 'src')
  const paths = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const found = paths.flatMap((path) => {
    const text = readFileSync(join(source, path), 'utf8')
    const suggested = [COMMAND(commands.map((command) => command.name())), FLAG].flatMap((pattern) => [
      ...text.matchAll(pattern),
    ])
    return suggested.flatMap(([all, rest = '']) =>
      Array.from(rest.matchAll(/\$\{([^}]*)\}/g), ([, expression = '']) => ({ path, all, expression })),
    )
  })
  expect(found.length).toBeGreaterThan(15)
  expect(
    found.filter(({ expression }) => !QUOTED.test(expression) && !expression.startsWith('result.knownNotes')),
  ).toStrictEqual([])
})
