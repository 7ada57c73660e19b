import { randomUUID } from 'node:crypto'

const LONGEST_STEM = 150

/**
 * A name for one upload that no other one has, by which it is found when the reply was lost, and known as mbsync's own when nothing
 * refers to it: `<stem>.mbsync-<32 hexadecimal digits>.<extension>`.
 */
export function managedFileName(fileName: string): string {
  const [, stem = '', extension = ''] = /^(.*?)(\.[A-Za-z0-9]{1,10})?$/s.exec(fileName) ?? []
  const safeStem = stem.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, LONGEST_STEM)
  return `${safeStem}.mbsync-${randomUUID().replaceAll('-', '')}${extension || '.txt'}`
}

/** Whether mbsync gave a file its name. */
export function isManagedFileName(fileName: string | undefined): boolean {
  return /\.mbsync-[0-9a-f]{32}\.[A-Za-z0-9]{1,10}$/.test(fileName ?? '')
}
