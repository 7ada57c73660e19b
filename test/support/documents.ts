import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './pack.ts'

/** Every document of the repository, as paths from its folder. */
export const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(join(REPOSITORY, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** The text of a file of the repository. */
export function readDocument(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8')
}

/** The code blocks of a document that are of one language, in order. */
export function codeBlocks(text: string, language: string): string[] {
  const blocks = text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)
  return [...blocks].filter(([, of]) => of === language).map(([, , code = '']) => code)
}
