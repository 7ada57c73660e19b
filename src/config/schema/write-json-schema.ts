import { writeFileSync } from 'node:fs'
import { jsonSchema } from './json-schema.ts'

// A script: `npm run schema` writes the file that editors read. A test compares the two.
const path = new URL('../../../docs/mbsync.schema.json', import.meta.url)
writeFileSync(path, `${JSON.stringify(jsonSchema(), null, 2)}\n`)
