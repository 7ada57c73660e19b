import type { TableName } from '../core/table-name.ts'
import type { ObjectId } from './object-id.ts'
import type { DatabaseSchema, Section } from './schema-object.ts'

/** The facts that are needed to choose and create an object. A live database and a dump can both provide them. See {@link SchemaObject}. */
export interface CreatableObject {
  readonly id: ObjectId
  readonly kind: string
  readonly identity: string
  readonly schema?: string | undefined
  readonly of?: TableName | undefined
  readonly section: Section
  readonly create: readonly string[]
  readonly describe: readonly string[]
  readonly owner?: string | undefined
  readonly grants: readonly string[]
  readonly roles?: readonly string[] | undefined
  readonly grantedTo?: readonly string[] | undefined
  readonly dependsOn: readonly ObjectId[]
  readonly placeholderOf?: ObjectId | undefined
  readonly isPopulated?: boolean | undefined
  readonly superuserReason?: string | undefined
  readonly since?: { readonly version: number; readonly feature: string } | undefined
  readonly extension?: { readonly name: string; readonly version: string } | undefined
  readonly table?:
    | {
        readonly name: TableName
        readonly partitionOf?: { readonly parent: TableName } | undefined
        /** Where they are known. */
        readonly columnNames?: readonly string[] | undefined
      }
    | undefined
  readonly sequence?: { readonly name: TableName } | undefined
}

/** The part of a schema that can be created. */
export interface CreatableSchema extends Pick<DatabaseSchema, 'serverVersion' | 'searchPath' | 'placed'> {
  readonly objects: readonly CreatableObject[]
  readonly unsupported: readonly UncreatableObject[]
}

/** An object of a schema that cannot be written as statements. */
export interface UncreatableObject {
  readonly id: ObjectId
  readonly identity: string
  readonly reason: string
  readonly hint?: string | undefined
  /** The table that it is, or belongs to. */
  readonly of?: TableName | undefined
}
