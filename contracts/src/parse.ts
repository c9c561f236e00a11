import { err, ok, type Result } from '@glasshouse/kernel'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { failure, type Failure } from './errors.ts'

/** Checks a value against a schema, compiled once. A fault names the first field that is wrong and what is expected there. */
export type Parse<Schema extends TSchema> = (value: unknown) => Result<Static<Schema>, Failure>

export function parser<Schema extends TSchema>(schema: Schema): Parse<Schema> {
  let compiled: ReturnType<typeof Compile<Schema>> | undefined
  return (value) => {
    compiled ??= Compile(schema)
    if (compiled.Check(value)) return ok(value)
    return err(firstFault(schema, value, compiled.Errors(value)))
  }
}

/** What the validator says of one rule that a value breaks. The addresses are JSON pointers, into the schema and into the value. */
interface Fault {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

/** Names in a fault are those of the request, which may be anything: this much of one is repeated. */
const NAME_LENGTH_MAX = 60

function firstFault(schema: TSchema, value: unknown, faults: readonly Fault[]): Failure {
  // The outer fault of a union says less than the one inside.
  const fault = faults.find(({ keyword }) => keyword !== 'anyOf') ?? faults[0]
  if (fault === undefined) return failure('request.invalid')
  const parts = fault.instancePath.split('/').slice(1).map(unescapePointer)
  const params = fault.params as { requiredProperties?: string[]; additionalProperties?: string[] }
  const named = params.requiredProperties?.[0] ?? params.additionalProperties?.[0]
  const path = [...parts, ...(named === undefined ? [] : [named])].map(shortened).join('.')
  const what = wording(schema, value, fault, faults)
  return failure('request.invalid', { message: path === '' ? `The request ${what}.` : `${path}: ${what}.`, path })
}

function wording(schema: TSchema, value: unknown, fault: Fault, all: readonly Fault[]): string {
  const { limit } = fault.params as { limit?: number }
  switch (fault.keyword) {
    case 'required':
      return 'is missing'
    case 'additionalProperties':
    // The schema that allows nothing, which is what stands for a field that is not known.
    case 'boolean':
      return 'is not a known field'
    case 'type': {
      const found = at(value, fault.instancePath)
      return found === undefined ? 'is missing' : `must be ${typeWords(fault, all)}, and is ${kindOf(found)}`
    }
    case 'const':
      return `must be ${alternatives(fault, all)}`
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`
    case 'maxLength':
      return `must have at most ${limit} characters`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'pattern':
      return `must be ${descriptionOf(schema, fault.schemaPath) ?? 'of the right form'}`
    default:
      return fault.message
  }
}

/** The values that one place may have, when it is one of several: each branch of the union reports its own. */
function alternatives(fault: Fault, all: readonly Fault[]): string {
  const values = all
    .filter(({ keyword, instancePath }) => keyword === 'const' && instancePath === fault.instancePath)
    .map(({ params }) => JSON.stringify((params as { allowedValue?: unknown }).allowedValue))
  return orList([...new Set(values)])
}

function typeWords(fault: Fault, all: readonly Fault[]): string {
  const types = all
    .filter(({ keyword, instancePath }) => keyword === 'type' && instancePath === fault.instancePath)
    .flatMap(({ params }) => (params as { type?: string | string[] }).type ?? [])
  return orList([...new Set(types)].map((type) => TYPE_WORDS[type] ?? type))
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction'
  return TYPE_WORDS[typeof value] ?? 'nothing'
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'something else') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** The schema's own words for what it wants, as far as they go before a semicolon: what follows there is no matter of form. */
function descriptionOf(schema: TSchema, schemaPath: string): string | undefined {
  const { description } = (at(schema, schemaPath) ?? {}) as { description?: unknown }
  return typeof description === 'string' ? description.split(';')[0] : undefined
}

/** What a JSON pointer leads to: own fields only. */
function at(value: unknown, pointer: string): unknown {
  let found = value
  for (const part of pointer.split('/').slice(1).map(unescapePointer)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[part]
  }
  return found
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function shortened(name: string): string {
  return name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX)}…`
}
