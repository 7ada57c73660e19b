import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DOCUMENTS, readDocument } from '../support/documents.ts'
import { REPOSITORY } from '../support/pack.ts'

const FOLDERS = ['src', 'test', 'deploy', 'bench']

/** Source files that documents name, such as `state/runs.ts`, and that are not there. The changelog is of its time. */
export function findMissingFiles(): string[] {
  const files = FOLDERS.filter((folder) => existsSync(join(REPOSITORY, folder))).flatMap((folder) =>
    readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' }).map(
      (path) => `/${folder}/${path}`,
    ),
  )
  return DOCUMENTS.filter((path) => path !== 'CHANGELOG.md').flatMap((path) =>
    Array.from(readDocument(path).matchAll(/`([\w./-]+\.ts)`/g), ([, named = '']) => named)
      .filter((named) => !files.some((file) => file.endsWith(`/${named}`)))
      .map((named) => `${path}: no file ${named}`),
  )
}
