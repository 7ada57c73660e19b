import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// Of the declarations that tsc has written, keeps those that the package's own ones refer to, so that its types need no other package.

const FOLDER = join('dist', 'types')

const kept = new Set()
keep(join(FOLDER, 'api', 'index.d.ts'))
for (const name of readdirSync(FOLDER, { recursive: true })) {
  const path = join(FOLDER, name)
  if (path.endsWith('.d.ts') && !kept.has(path)) rmSync(path)
}

/** Keeps a file and what it imports, by the names that programs load: only newer compilers know the others. */
function keep(path) {
  if (kept.has(path)) return
  kept.add(path)
  const text = readFileSync(path, 'utf8')
  const [, foreign] = /\bfrom '([^.][^']*)'/.exec(text) ?? []
  if (foreign !== undefined) throw new Error(`${path} needs the types of ${foreign}`)
  for (const [, name] of text.matchAll(/\bfrom '(\.[^']*)\.ts'/g)) keep(join(dirname(path), `${name}.d.ts`))
  writeFileSync(path, text.replaceAll(/(\bfrom '\.[^']*)\.ts'/g, "$1.js'"))
}
