import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DOCUMENTS, readDocument } from '../support/documents.ts'
import { REPOSITORY } from '../support/pack.ts'

const FOLDERS = ['src', 'test', 'bench']
/** Other pages also name functions of PostgreSQL and of extensions. */
const OF_DEVELOPERS = /(?:ARCHITECTURE|CONTRIBUTING|DECISIONS|INTERNALS)\.md$/

/** Source files and functions that documents name, such as `state/runs.ts`, and that are not there. The changelog is of its time. */
export function findMissingCode(): string[] {
  const files = FOLDERS.flatMap(listFiles)
  const code = listFiles('src')
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(REPOSITORY, path), 'utf8'))
    .join('\n')
  const pages = DOCUMENTS.filter((path) => path !== 'CHANGELOG.md')
  return pages.flatMap((path) => [
    ...namedIn(path, /`([\w./-]+\.ts)`/g)
      .filter((named) => !files.some((file) => `/${file}`.endsWith(`/${named}`)))
      .map((named) => `${path}: no file ${named}`),
    ...namedIn(path, /`(?:\w+\.)?(\w+)\(\)`/g)
      .filter(() => OF_DEVELOPERS.test(path))
      .filter((named) => !code.includes(`${named}(`) && !code.includes(`${named}<`))
      .map((named) => `${path}: no function ${named}()`),
  ])
}

function listFiles(folder: string): string[] {
  const paths = readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
  return paths.map((path) => `${folder}/${path}`)
}

function namedIn(path: string, pattern: RegExp): string[] {
  return Array.from(readDocument(path).matchAll(pattern), ([, named = '']) => named)
}
