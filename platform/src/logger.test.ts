import { expect, test } from 'vitest'
import { createLogger, type LoggerOptions } from './logger.ts'

function logged(format: LoggerOptions['format'], write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger({ format, level: 'info', destination: { write: (line) => lines.push(line) } }))
  return lines.join('')
}

test('takes secrets out by their key, at any depth, in arrays and in bindings', () => {
  const text = logged('json', (logger) =>
    logger.child({ token: 'leak-1' }).info(
      {
        password: 'leak-2',
        request: { headers: { Authorization: 'leak-3', 'Set-Cookie': ['leak-4'], accept: 'kept' } },
        list: [{ refresh_token: 'leak-5' }],
      },
      'hello',
    ),
  )
  expect(text).not.toContain('leak')
  expect(JSON.parse(text)).toMatchObject({ level: 'info', msg: 'hello', request: { headers: { accept: 'kept' } } })
})

test('takes the password out of addresses, wherever they stand', () => {
  for (const format of ['json', 'pretty'] as const) {
    const text = logged(format, (logger) =>
      logger.info({ url: 'postgres://house:leak-1@db/house' }, 'cannot reach postgres://house:leak-2@db:5432/house'),
    )
    expect(text).not.toContain('leak')
    expect(text).toContain('@db:5432/house')
  }
})

test('bears what refers to itself, and what is deep', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  expect(logged('json', (logger) => logger.info({ loop }, 'hello'))).toContain('[too deep]')
})

test('is readable for a person, with the stack of an error', () => {
  const text = logged('pretty', (logger) =>
    logger.error({ err: new Error('boom'), took_ms: 12, who: { id: 1 } }, 'it failed'),
  )
  expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} error it failed took_ms=12 who=\{"id":1\}\n {4}Error: boom\n {4} +at /)
})

test('says nothing below its level', () => {
  expect(logged('json', (logger) => logger.debug('hello'))).toBe('')
})

test('an error of PostgreSQL is logged without the row that it refused', () => {
  const refused = Object.assign(new Error('violates a check'), {
    code: '23514',
    detail: 'Failing row contains (leak-1)',
    where: 'SQL statement with leak-2',
  })
  for (const format of ['json', 'pretty'] as const) {
    const text = logged(format, (logger) => logger.error({ err: refused }, 'it failed'))
    expect(text).not.toContain('leak')
    expect(text).toContain('violates a check')
  }
})

test('an error is logged without what hangs on it: a broken connection carries its client and its query', () => {
  const broken = Object.assign(new Error('Connection terminated unexpectedly'), {
    code: 'ECONNRESET',
    password: 'leak-1',
    client: { secretKey: 'leak-2', activeQuery: { values: ['leak-3'] } },
  })
  const text = logged('json', (logger) => logger.error({ err: broken }, 'it failed'))
  expect(text).not.toContain('leak')
  expect(JSON.parse(text)).toMatchObject({ err: { message: 'Connection terminated unexpectedly', code: 'ECONNRESET' } })
})
