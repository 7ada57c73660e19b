import { shellWord } from '../core/shell-word.ts'

/**
 * A line for a crontab that syncs every night with the configuration in `folder`. It names the Node and the program that run now, as cron's
 * PATH may lead to neither. The log file has everything, and standard error, which cron mails, only warnings and errors.
 */
export function crontabLine(
  folder: string,
  [node = '', program = '']: readonly string[] = process.argv,
): string {
  const [cd, ...command] = [folder, node, program].map(quoted)
  return `15 3 * * *  cd ${cd} && ${command.join(' ')} sync --log-file mbsync.log`
}

/** cron reads % as a line break. */
function quoted(word: string): string {
  return shellWord(word).replaceAll('%', '\\%')
}
