import { writeFileSync } from 'node:fs'
import { MESSAGE_PAGES, messagesPage } from './troubleshooting.ts'

const pages = MESSAGE_PAGES.map((page) => ({ ...page, text: messagesPage(page) }))
for (const { path, text } of pages) writeFileSync(new URL(`../../${path}`, import.meta.url), text)
