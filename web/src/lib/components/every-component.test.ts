import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const ROUTES = join(import.meta.dirname, '../../routes')

const files = readdirSync(import.meta.dirname)
const components = files.filter((file) => file.endsWith('.svelte'))
const pages = readdirSync(ROUTES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('+page.svelte'))

test.for(components)('%s has a test that renders it', (component) => {
  const name = `${component.replace(/\.svelte$/, '')}.render.test.ts`
  expect(files, `write web/src/lib/components/${name}: what must be in its HTML?`).toContain(name)
  const text = readFileSync(join(import.meta.dirname, name), 'utf8')
  expect(text).toContain(`from './${component}'`)
  expect(text).toMatch(/renderComponent\(/)
})

test.for(pages)('%s has a test that renders it', (page) => {
  const folder = join(ROUTES, dirname(page))
  const tests = readdirSync(folder).filter((file) => file.endsWith('.render.test.ts'))
  expect(tests.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')).toContain(`from './+page.svelte'`)
})
