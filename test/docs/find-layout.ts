import { DOCUMENTS, readDocument } from '../support/documents.ts'

const WIDEST = 120
const LONGEST_PAGE = 400

/** Lines of documents that are too wide, and pages that are too long. Rows of tables cannot be wrapped. */
export function findLayout(): string[] {
  return DOCUMENTS.filter((path) => path !== 'CHANGELOG.md').flatMap((path) => {
    const lines = readDocument(path).trimEnd().split('\n')
    const wide = lines.flatMap((line, index) =>
      line.length > WIDEST && !line.startsWith('|')
        ? [`${path}:${index + 1}: ${line.length} characters, at most ${WIDEST}`]
        : [],
    )
    return lines.length > LONGEST_PAGE
      ? [...wide, `${path}: ${lines.length} lines, at most ${LONGEST_PAGE}`]
      : wide
  })
}
