import { findLayout } from './find-layout.ts'
import { findBrokenLinks } from './find-links.ts'
import { findMissingCode } from './find-paths.ts'
import { findWords } from './find-words.ts'

// Part of `npm run lint`: what is said, how the pages are laid out, and that what they refer to exists.
const words = findWords().map(
  ({ path, line, word, instead }) => `${path}:${line}: "${word}": write ${instead}`,
)
const problems = [...words, ...findLayout(), ...findBrokenLinks(), ...findMissingCode()]
for (const problem of problems) process.stdout.write(`${problem}\n`)
if (problems.length > 0) process.stdout.write(`${problems.length} in all\n`)
process.exitCode = problems.length === 0 ? 0 : 1
