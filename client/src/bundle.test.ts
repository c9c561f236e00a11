import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const SIZE_BYTES_MAX = 20_000

test('a browser that loads the whole SDK loads neither the schemas nor their compiler', async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('index.ts', import.meta.url)),
    platform: 'browser',
    logLevel: 'silent',
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  await bundle.close()
  expect(output).toHaveLength(1)
  const [chunk] = output
  const modules = Object.keys(chunk.modules).map((path) => path.replaceAll('\\', '/'))
  expect(modules.some((path) => path.endsWith('/client/src/live-connection.ts'))).toBe(true)
  expect(modules.filter((path) => path.includes('node_modules') || path.endsWith('contracts/src/frames.ts'))).toEqual(
    [],
  )
  expect(gzipSync(chunk.code).length).toBeLessThan(SIZE_BYTES_MAX)
})
