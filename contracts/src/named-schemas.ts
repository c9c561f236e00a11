/**
 * Writes schemas as plain JSON in which each one that has a name stands once, under its name, and is referred to elsewhere. A schema is
 * recognised by identity: `Type.Array(Message)` holds the very object that is exported as `Message`.
 */
import type { TSchema } from 'typebox'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

export interface NamedSchemas {
  /** The schema as JSON: a reference when it has a name. */
  write(schema: TSchema): Json
  /** All that have a name, each written out. */
  definitions(): { readonly [name: string]: Json }
}

export function namedSchemas(schemas: Readonly<Record<string, TSchema>>): NamedSchemas {
  const names = new Map<unknown, string>(Object.entries(schemas).map(([name, schema]) => [schema, name]))

  const write = (value: unknown, root: unknown): Json => {
    const name = value === root ? undefined : names.get(value)
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
    if (Array.isArray(value)) return value.map((each) => write(each, root))
    if (typeof value !== 'object' || value === null) return value as Json
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner, root)]))
  }

  return {
    write: (schema) => write(schema, undefined),
    definitions: () =>
      Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, write(schema, schema)])),
  }
}

/** Those exports of modules that are schemas of objects: worth a name in a document. */
export function objectSchemas(...modules: readonly object[]): Record<string, TSchema> {
  const exported = modules.flatMap((module) => Object.entries(module) as [string, unknown][])
  return Object.fromEntries(exported.filter((entry): entry is [string, TSchema] => isObjectSchema(entry[1])))
}

function isObjectSchema(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('~kind' in value)) return false
  return value['~kind'] === 'Object' || value['~kind'] === 'Intersect'
}
