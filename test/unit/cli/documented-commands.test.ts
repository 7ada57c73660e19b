import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram } from '../../../src/cli/program.ts'
import { captureSurroundings } from '../../support/captured-surroundings.ts'
import { codeBlocks, DOCUMENTS, readDocument } from '../../support/documents.ts'

/** Files that are no documents and yet have command lines of mbsync in them. */
const SCHEDULES = [
  'crontab.example',
  'deploy/docker/crontab',
  'deploy/systemd/mbsync@.service',
  'docker-compose.yml',
  'render.yaml',
]

/** What stands for something else cannot be parsed. */
const PLACEHOLDER = /[<[…]|\\\|/

/** A word of a command line, in quotes or not, or what ends it: comments, and what belongs to the shell. */
const WORD = /'[^']*'|"[^"]*"|\d?>+|[^\s;&|>)"'{}]+|[;&|)"'{}]/g
const ENDS_LINE = /^(#|[;&|)"'{}]|\d?>+)$/

/** A sentence may name a command without all that it needs. */
const UNFINISHED = [
  'commander.help',
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.optionMissingArgument',
]

test.each([...DOCUMENTS, ...SCHEDULES])(
  'every command line of mbsync in %s is one that it takes',
  async (path) => {
    const wrong: string[] = []
    for (const line of commandLines(readDocument(path))) {
      const problem = await parse(line)
      if (problem !== undefined) wrong.push(`${line}: ${problem}`)
    }
    expect(wrong).toEqual([])
  },
)

test('options of deploy.sh that documents name are in its help', () => {
  const help = readDocument('deploy/deploy.sh')
  const lines = readDocument('docs/DEPLOYMENT.md').match(/^(deploy\/deploy\.sh.*|\| `--.*)$/gm) ?? []
  const named = lines.flatMap((line) => line.match(/--[a-z]+/g) ?? [])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((option) => !new RegExp(`^  ${option}\\b`, 'm').test(help))).toEqual([])
})

test('blocks that are run are in a language that says so', () => {
  for (const path of DOCUMENTS) expect(codeBlocks(readDocument(path), 'bash'), path).toEqual([])
})

/** What follows \`mbsync\` at the start of a line, of a command in a line, and in code within a sentence. */
function commandLines(text: string): string[] {
  const inBlocks = text.matchAll(/(?:^(?:\$ )?|&& |\{ |\|\| |: |bin\/)mbsync ([a-z-].*)$/gm)
  const inSentences = text.matchAll(/`mbsync ([a-z-][^`\n]*)`/g)
  const found = [...inBlocks, ...inSentences].map(([, words = '']) => words.trim())
  return found.filter((words) => !PLACEHOLDER.test(words) && isCommand(words))
}

/** A sentence may begin with mbsync, too. */
function isCommand(words: string): boolean {
  const names = buildProgram(async () => undefined, captureSurroundings()).commands.map((command) =>
    command.name(),
  )
  const [first = ''] = words.split(' ')
  return first.startsWith('-') || names.includes(first)
}

async function parse(line: string): Promise<string | undefined> {
  const words = wordsOf(line)
  try {
    await buildProgram(async () => undefined, captureSurroundings()).parseAsync(['node', 'mbsync', ...words])
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 || UNFINISHED.includes(error.code) ? undefined : error.message
  }
}

function wordsOf(line: string): string[] {
  const words: string[] = line.replaceAll(/\$\([^)]*\)/g, 'x').match(WORD) ?? []
  const end = words.findIndex((word) => ENDS_LINE.test(word))
  return words.slice(0, end === -1 ? undefined : end).map((word) => word.replaceAll(/^['"]|['"]$/g, ''))
}
