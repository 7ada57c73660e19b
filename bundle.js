import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'rolldown'

// Makes one bundle of what tsc has written. Not rolldown's own command, which lists every file of it at each `npm install`.

/** Small packages that every start needs, and that come in many files. They are part of the bundle; `dependencies` are not. */
const INLINED = ['yaml', 'zod']
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

await build({
  // The command line, and what programs import.
  input: { main: 'dist/cli/main.js', index: 'dist/api/index.js' },
  platform: 'node',
  external: new RegExp(`^(${Object.keys(dependencies).join('|')})(/|$)`),
  // Without white space and comments it is read sooner; names stay, for whoever reads a trace.
  output: { dir: 'dist/bundle', cleanDir: true, minify: { mangle: false, compress: false } },
  plugins: [{ name: 'licenses', generateBundle: emitLicenses }],
})

for (const name of readdirSync('dist/bundle').filter((file) => file.endsWith('.js'))) {
  const path = `dist/bundle/${name}`
  writeFileSync(path, inAscii(readFileSync(path, 'utf8'), name))
}

/** A single character outside of Latin-1 would make V8 keep all of a module in two bytes for each character, for as long as the process runs. */
function inAscii(code, name) {
  const plain = code.replace(/String\.raw`((?:[^`$\\]|\\[\s\S]|\$(?!\{))*)`/g, (_, text) =>
    JSON.stringify(text),
  )
  if (/\\[^\0-\x7f]|String\.raw`[^`]*[^`\0-\x7f]/.test(plain))
    throw new Error(`${name}: a character would be read in another way where it is escaped`)
  return plain.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function emitLicenses() {
  const texts = INLINED.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`)
  this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join('\n') })
}
