/** A host of PostgreSQL as its customers see it: roles, schemas and grants, without the software behind them. */
export interface EmulatedPlatform {
  readonly name: string
  /** Roles of the server, the customer's among them. */
  readonly rolesSql: string
  /** The role of the customer's URL; its password is its name. */
  readonly customer: string
  /** The role that the host makes the owner of a database. */
  readonly databaseOwner: string
  /** What the host and the customer have made, as a superuser would run it. */
  readonly schemaSql: string
  readonly productionSql: string
  readonly stagingSql: string
  /** What happens in production between two runs. */
  readonly changeSql: string
  /** Queries that must give the same on both sides after a run. */
  readonly broughtOver: readonly string[]
  /** Queries that must give at staging what they gave before all runs. */
  readonly leftAlone: readonly string[]
  /** What `check` says of what is left alone. */
  readonly said: readonly (string | RegExp)[]
  /** What no advice may ask for, as the host does not grant it. */
  readonly neverAsked: RegExp
}
