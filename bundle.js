import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { build } from 'rolldown'

// Makes one bundle of what tsc has written and of all packages that it needs. Not rolldown's own command, which lists every file of it at each `npm install`.

const FOLDER = 'dist/bundle'

await build({
  // The command line, and what programs import.
  input: { main: 'dist/cli/main.js', index: 'dist/api/index.js' },
  platform: 'node',
  // What packages load if it is there.
  external: ['pg-native', 'pg-cloudflare', 'debug', 'supports-color'],
  output: {
    dir: FOLDER,
    cleanDir: true,
    // Node.js loads these with less processor time than ECMAScript modules.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    // Without white space and comments it is read sooner; names stay, for whoever reads a trace.
    minify: { mangle: false, compress: false },
  },
  plugins: [{ name: 'licenses', generateBundle: emitLicenses }],
})

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.cjs'))) {
  const path = `${FOLDER}/${name}`
  writeFileSync(path, inAscii(readFileSync(path, 'utf8'), name))
}

/** A single character outside of Latin-1 would make V8 keep all of a module in two bytes for each character, for as long as the process runs. */
function inAscii(code, name) {
  const plain = code.replace(/String\.raw`((?:[^`$\\]|\\[\s\S]|\$(?!\{))*)`/g, (_, text) =>
    JSON.stringify(text),
  )
  if (/(?<!\\)(\\\\)*\\[^\0-\x7f]|String\.raw`[^`]*[^`\0-\x7f]/.test(plain))
    throw new Error(`${name}: a character would be read in another way where it is escaped`)
  return plain.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function emitLicenses(_, files) {
  const paths = Object.values(files).flatMap(({ moduleIds = [] }) => moduleIds)
  const packages = new Set(paths.map((path) => /^.*\/node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[0]))
  const texts = [...packages]
    .filter((folder) => folder !== undefined)
    .sort()
    .map(licenseOf)
  this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join('\n') })
}

function licenseOf(folder) {
  const { name, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((file) => /^(licen[cs]e|copying)/i.test(file))
  return `${name}\n\n${file === undefined ? `${license}\n` : readFileSync(`${folder}/${file}`, 'utf8')}`
}
