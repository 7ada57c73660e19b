import { readFileSync, writeFileSync } from 'node:fs'
import { withEveryMessage } from './troubleshooting.ts'

const path = new URL('../../docs/TROUBLESHOOTING.md', import.meta.url)
writeFileSync(path, withEveryMessage(readFileSync(path, 'utf8')))
