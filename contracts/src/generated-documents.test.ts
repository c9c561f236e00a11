import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asyncApiDocument } from './asyncapi.ts'
import type { Route } from './endpoints.ts'
import { CLIENT_FRAMES, SERVER_FRAMES } from './frames.ts'
import { openApiDocument } from './openapi.ts'
import { CLOSE_CODES } from './protocol.ts'
import { ROUTES } from './routes.ts'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: object }
}
interface Operation {
  readonly operationId: string
  readonly 'x-permission': string
  readonly responses: object
}

describe('openapi.json', () => {
  const document = openApiDocument('1.2.3')

  test('is a valid OpenAPI document', async () => {
    const result = await new Validator().validate(structuredClone(document) as Record<string, unknown>)
    expect(result.errors).toBeUndefined()
    expect(result.valid).toBe(true)
  })

  test('refers to nothing that is not in it', () => {
    expect(danglingReferences(document)).toEqual([])
  })

  test.each(Object.entries<Route>(ROUTES))('has %s, with its permission and all its answers', (name, route) => {
    const operation = (document as unknown as Document).paths[route.path]?.[route.method.toLowerCase()]
    expect(operation).toMatchObject({ operationId: name, 'x-permission': route.permission })
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining([...Object.keys(route.answers), '401', '500']),
    )
  })
})

describe('asyncapi.json', () => {
  const document = asyncApiDocument('1.2.3')

  test('refers to nothing that is not in it', () => {
    expect(danglingReferences(document)).toEqual([])
  })

  test('has each frame once, with the side that sends it, and each close code', () => {
    const reference = (type: string): object => ({ $ref: `#/channels/live/messages/${type}` })
    expect(document).toMatchObject({
      asyncapi: '3.0.0',
      operations: {
        receive: {
          action: 'receive',
          messages: Object.keys(CLIENT_FRAMES).map((type) =>
            reference(type in SERVER_FRAMES ? `${type}.client` : type),
          ),
        },
        send: { action: 'send', messages: Object.keys(SERVER_FRAMES).map(reference) },
      },
      channels: {
        live: {
          'x-close-codes': Object.fromEntries(Object.values(CLOSE_CODES).map((code) => [code, expect.anything()])),
        },
      },
    })
  })
})

/** The generator runs as a program, on a copy, so that a test can spoil a file. */
describe('generate.ts', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  let copy = ''

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'glasshouse-contracts-'))
    await cp(join(root, 'contracts'), join(copy, 'contracts'), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  })
  afterAll(() => rm(copy, { recursive: true }))

  const generate = async (...args: string[]): Promise<{ code: unknown; stderr: string }> => {
    try {
      const { stderr } = await promisify(execFile)(process.execPath, [join(copy, 'contracts/src/generate.ts'), ...args])
      return { code: 0, stderr }
    } catch (error) {
      const { code, stderr } = error as { code: unknown; stderr: string }
      return { code, stderr }
    }
  }

  test('finds what is committed in sync', async () => {
    expect(await generate('--check')).toEqual({ code: 0, stderr: '' })
  })

  test('names a file that is not, changes nothing when it checks, and writes it anew when it does not', async () => {
    const path = join(copy, 'contracts/generated/openapi.json')
    const fresh = await readFile(path, 'utf8')
    await writeFile(path, '{}')
    expect(await generate('--check')).toEqual({
      code: 1,
      stderr: 'Not in sync with the contracts: contracts/generated/openapi.json. Run: node contracts/src/generate.ts\n',
    })
    expect(await readFile(path, 'utf8')).toBe('{}')
    expect(await generate()).toEqual({ code: 0, stderr: '' })
    expect(await readFile(path, 'utf8')).toBe(fresh)
  })
})

function danglingReferences(document: unknown): string[] {
  const dangling: string[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('$ref' in value && typeof value.$ref === 'string' && resolve(document, value.$ref) === undefined)
      dangling.push(value.$ref)
    Object.values(value).forEach(visit)
  }
  visit(document)
  return dangling
}

function resolve(document: unknown, reference: string): unknown {
  let found = document
  for (const part of reference.split('/').slice(1)) found = (found as Record<string, unknown> | undefined)?.[part]
  return found
}
