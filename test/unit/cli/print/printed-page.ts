import { createPaint } from '../../../../src/cli/format/paint.ts'
import { wrapLine } from '../../../../src/cli/format/wrap-line.ts'
import type { Page } from '../../../../src/cli/print/page.ts'

/** What `print` puts on a page without colours. */
export function printed(
  print: (page: Page) => void,
  { width = Number.POSITIVE_INFINITY, isVerbose = false } = {},
): string {
  const lines: string[] = []
  const line = (text = '') => {
    lines.push(text)
  }
  print({ paint: createPaint({}, {}), width, isVerbose, line, prose: (text) => line(wrapLine(text, width)) })
  return lines.join('\n')
}
