import { readFileSync } from 'node:fs'
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

function emitLicenses() {
  const texts = INLINED.map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`)
  this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source: texts.join('\n') })
}
