import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { DOCUMENTS, readDocument } from '../support/documents.ts'
import { REPOSITORY } from '../support/pack.ts'

/** Links and pictures of documents whose file or heading does not exist. */
export function findBrokenLinks(): string[] {
  const anchors = new Map(DOCUMENTS.map((path) => [path, anchorsOf(readDocument(path))]))
  return DOCUMENTS.flatMap((path) => {
    const text = readDocument(path)
    const links = Array.from(text.matchAll(/\]\(([^()\s]+)\)/g), ([, link = '']) => link)
    const pictures = Array.from(text.matchAll(/\ssrc(?:set)?="([^"]+)"/g), ([, link = '']) => link)
    return [...links, ...pictures]
      .filter((link) => !/^(https?|mailto):/.test(link) && !leadsSomewhere(path, link))
      .map((link) => `${path}: broken link ${link}`)
  })

  function leadsSomewhere(path: string, link: string): boolean {
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? path : normalize(join(dirname(path), file))
    if (anchor === undefined) return existsSync(join(REPOSITORY, target))
    return anchors.get(target)?.has(anchor) === true
  }
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const prose = text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '')
  const headings = Array.from(prose.matchAll(/^#{1,6} (.*)$/gm), ([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
