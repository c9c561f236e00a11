import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const files = readdirSync(import.meta.dirname)
const components = files.filter((file) => file.endsWith('.svelte'))

test.for(components)('%s has a test that renders it', (component) => {
  const name = `${component.replace(/\.svelte$/, '')}.render.test.ts`
  expect(files, `write web/src/lib/components/${name}: what must be in its HTML?`).toContain(name)
  const text = readFileSync(join(import.meta.dirname, name), 'utf8')
  expect(text).toContain(`from './${component}'`)
  expect(text).toMatch(/renderComponent\(/)
})
