/** The address of a catalog row in `pg_depend`: `pg_class:16385`, or `pg_class:16385:2` for its second column. */
export type ObjectId = string
