import { readDocument } from '../support/documents.ts'
import { findMessages, type Message } from './find-messages.ts'

/** Where messages come from, and what is behind all of them. The first group that a folder begins with has its messages. */
const GROUPS = [
  {
    folders: ['config', 'api', 'cli'],
    title: 'Configuration and command line',
    cause:
      '`mbsync.yaml`, a variable or the command line is not valid (exit 2). mbsync has not connected to anything.',
  },
  {
    folders: ['postgres'],
    title: 'Servers and connections',
    cause:
      'A server answered with an error, or could not be reached (exit 1; before a run, and in `mbsync check`, 3).\nThe target is as it was.',
  },
  {
    folders: ['transfer/validate'],
    title: 'Validation',
    cause:
      'The two sides differ, or a privilege is missing, so a run could not make the target equal to the source (exit 3).\nNotes that need no action are only shown.',
  },
  {
    folders: ['transfer', 'schema', 'state', 'jobs', 'run', 'incremental', 'indexing', 'progress'],
    title: 'Runs',
    cause:
      'A problem arose during a run, or another run is under way. Unless the message says otherwise, the target is as it was.',
  },
  {
    folders: ['dump', 'files'],
    title: 'Dumps and other files',
    cause: 'A dump differs from what was written, or a file cannot be written (exit 1 or 3).',
  },
  {
    folders: ['search'],
    title: 'Search indexes',
    cause:
      'The database is up to date; a search index is not, or only in part (exit 4). The next run sends what is missing.',
  },
] as const

/** The pages of messages: all groups up to the named one, after those of the page before. */
export const MESSAGE_PAGES = [
  {
    path: 'docs/MESSAGES.md',
    title: 'configuration, servers, validation, dumps',
    titles: [
      'Configuration and command line',
      'Servers and connections',
      'Validation',
      'Dumps and other files',
    ],
  },
  {
    path: 'docs/MESSAGES-RUNS.md',
    title: 'runs, search indexes',
    titles: ['Runs', 'Search indexes'],
  },
] as const

/** A page with its list of messages as the code has them now. Cures that were written by hand, of messages without a hint, stay. */
export function messagesPage({ title, titles }: (typeof MESSAGE_PAGES)[number]): string {
  const messages = findMessages()
  const written = [...MESSAGE_PAGES.map(({ path }) => path), 'docs/TROUBLESHOOTING.md']
    .map(readDocument)
    .join('\n')
  const groups = GROUPS.filter((group) => (titles as readonly string[]).includes(group.title)).map(
    (group) => {
      const own = messages.filter((message) => groupOf(message) === group)
      const rows = own.map((message) => rowOf(message, written)).sort()
      return `## ${group.title}\n\n${group.cause}\n\n| message | cure |\n|---|---|\n${rows.join('\n')}\n`
    },
  )
  const said = 'Where a message has a name or a number, `…` stands here.'
  return `# Messages: ${title}\n\n${said}\n\n${groups.join('\n')}`
}

/** The messages of a document that no cure is given for. */
export function messagesWithoutCure(document: string): string[] {
  const rows = document.matchAll(/^\| (.*) \| (.*?) ?\|$/gm)
  return [...rows].filter(([, , cure]) => cure === '' || cure === '…').map(([, message = '']) => message)
}

function groupOf({ folder }: Message): (typeof GROUPS)[number] | undefined {
  return GROUPS.find(({ folders }) =>
    folders.some((start) => folder === start || folder.startsWith(`${start}/`)),
  )
}

function rowOf({ text, hint }: Message, document: string): string {
  const message = `\`${cell(text).replaceAll('`', "'")}\``
  const start = `| ${message} | `
  const written = document.split('\n').find((line) => line.startsWith(start))
  return hint === undefined ? (written ?? `${start} |`) : `${start}${cell(hint)} |`
}

function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
}
