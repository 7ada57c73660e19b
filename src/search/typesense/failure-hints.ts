import type { FailureKind } from './typesense-failure.ts'

/** What to do about a failure of each kind. */
export const FAILURE_HINTS: Readonly<Record<FailureKind, string>> = {
  lagging: 'Look at the load and the log of the Typesense server, then run again.',
  'rate limited': 'Run again later, or lower how many requests are sent at once.',
  'update in progress': 'Another change of the schema is under way on the server: run again when it is done.',
  timeout: 'Look at the load of the Typesense server; send smaller batches, or allow a request more time.',
  network: 'Check host, port and protocol of the Typesense server, and that it is running.',
  'server trouble': 'Look at the log of the Typesense server, and of a proxy before it; then run again.',
  'broken reply': 'Look at the log of the Typesense server, and of a proxy before it; then run again.',
  'too large': 'Send smaller batches, or let the proxy before the Typesense server take larger bodies.',
  forbidden:
    'Check the API key, and that it may do this on the name that searches use and on the names of the collections behind it.',
  missing: 'The collection is not there: `mbsync check` tells what is.',
  exists: 'Something of that name is there already; run again.',
  'out of resources':
    'The Typesense server has too little disk space or memory and takes no writes: give it more.',
  'skipping writes': 'The Typesense server is told to skip writes (`skip-writes`): switch that off.',
  refused: "The message is the server's own; `mbsync check` finds what it can before a run.",
}
