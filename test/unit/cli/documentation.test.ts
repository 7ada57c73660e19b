import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram } from '../../../src/cli/program.ts'
import { EXIT_CODES } from '../../../src/core/exit-codes.ts'
import { captureSurroundings } from '../../support/captured-surroundings.ts'
import { DOCUMENTS, readDocument } from '../../support/documents.ts'

const documentation = DOCUMENTS.filter((path) => /\/CLI.*\.md$/.test(path))
  .map(readDocument)
  .join('\n')
const program = buildProgram(async () => undefined, captureSurroundings())

test('docs/CLI.md has the table of exit codes', () => {
  const rows = Object.entries(EXIT_CODES).map(
    ([status, { code, meaning }]) => `| ${code} | \`${status}\` | ${meaning} |`,
  )
  const [, section = ''] = documentation.split('## Exit status\n')
  expect(section.split('\n').filter((line) => /^\| \d/.test(line))).toStrictEqual(rows)
})

const [sides = ''] = documentation
  .split('## Two databases instead of a profile\n')
  .slice(1)
  .join('')
  .split('\n## ')

test.each(program.commands.map((command) => [command.name(), command] as const))(
  'the pages of the command line name every flag of %s in its section',
  (name, command) => {
    const [section = ''] = documentation.split(`\n## \`mbsync ${name}`).slice(1).join('').split('\n## ')
    const told =
      section +
      ([command, ...command.commands].some(({ options }) => options.some(({ long }) => long === '--to'))
        ? sides
        : '')
    expect(flagsOf(command).filter((flag) => !told.includes(`\`${flag}\``))).toStrictEqual([])
  },
)

test('docs/CLI.md names every shared flag', () => {
  const [, section = ''] = documentation.split('## Flags of every command\n')
  expect(
    program.options
      .flatMap(({ hidden, flags }) => (hidden ? [] : flags))
      .filter((flag) => !section.includes(`\`${flag}\``)),
  ).toStrictEqual([])
})

test('every command line that restores a dump ends psql at its first error', () => {
  const restores = DOCUMENTS.flatMap((path) => {
    const text = readDocument(path).replaceAll(/\|\n\s*/g, '| ')
    return text.match(/(?:gunzip|zstd)[^`\n]*\| psql.*/g) ?? []
  })
  expect(restores.length).toBeGreaterThan(3)
  expect(restores.filter((line) => !line.includes('psql -1 -v ON_ERROR_STOP=1'))).toStrictEqual([])
})

function flagsOf(command: Command): string[] {
  return [command, ...command.commands].flatMap(({ options }) =>
    options.filter(({ hidden }) => !hidden).map(({ flags }) => flags),
  )
}
