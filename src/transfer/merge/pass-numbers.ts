import { listRelations } from '../../postgres/catalog/list-relations.ts'
import { readSequences } from '../../postgres/catalog/read-sequences.ts'
import type { Table } from '../../postgres/catalog/table.ts'
import type { Session } from '../../postgres/session.ts'
import { numberedColumns } from '../inspect/sequence-columns.ts'
import { OwnerRights } from './owner-rights.ts'
import { advanceSequences, setSequences, type WantedSequence } from './set-sequences.ts'

/** Moves the sequences that fill columns of these tables past the numbers that their rows hold, in the transaction of the session. None moves back. */
export async function passNumbers(session: Session, tables: readonly Table[]): Promise<void> {
  if (tables.length === 0) return
  const listed = (await listRelations(session)).filter(({ kind }) => kind === 'sequence')
  const sequences = await readSequences(
    session,
    listed.map(({ oid }) => oid),
  )
  const wanted = sequences.flatMap((sequence): WantedSequence[] => {
    const columns = numberedColumns(sequence, tables)
    return columns.length === 0 ? [] : [{ name: sequence.name, values: [], columns, isShared: true }]
  })
  const rights = new OwnerRights(session, new Map())
  await advanceSequences(session, await setSequences({ coordinator: session, sequences: wanted, rights }))
}
