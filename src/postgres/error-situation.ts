/** Where the text of a server's message can come from. */
export type MessageOrigin =
  /** The answer to a startup packet: no row has been touched. */
  | 'connection'
  /** The analysis of a statement: the text of the statement, written by mbsync or in the configuration. */
  | 'analysis'
  /** A definition of an object that reads no rows: the server's words, or those of an event trigger. */
  | 'definition'
  /** The execution of a statement: whatever the rows and the functions of users hold. */
  | 'execution'

/** What was asked of which server when an error came. */
export interface ErrorSituation {
  /** The name of the database in the configuration. */
  readonly database: string
  /** Its host, port and database name. */
  readonly place: string
  readonly origin: MessageOrigin
  /** The statement that was running, if one was. */
  readonly sql?: string
  /** What must not be in the server's words: the credentials that it was sent. */
  readonly secrets?: ReadonlySet<string>
}
