/** What each exit status means. `docs/CLI.md` and every command's `--help` are checked against this table. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed, target unchanged' },
  usage: { code: 2, meaning: 'usage or configuration error' },
  refused: { code: 3, meaning: 'validation refused, nothing changed' },
  incomplete: {
    code: 4,
    meaning:
      'database done, but incomplete: tables were skipped, keys or constraints do not follow the source yet, search is not up to date, or the result could not be written to stdout',
  },
  different: { code: 5, meaning: 'differences found' },
  unknown: { code: 6, meaning: 'COMMIT without an answer: unknown whether the target has changed' },
  locked: { code: 75, meaning: 'another run holds the lock' },
  interrupted: { code: 130, meaning: 'interrupted by SIGINT, target unchanged' },
  terminated: { code: 143, meaning: 'interrupted by SIGTERM, target unchanged' },
} as const

/** The name of an exit status, a key of {@link EXIT_CODES}. */
export type ExitStatus = keyof typeof EXIT_CODES
