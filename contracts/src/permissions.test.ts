import { describe, expect, test } from 'vitest'
import type { Route } from './endpoints.ts'
import { may, PERMISSIONS, type Actor, type Permission } from './permissions.ts'
import { ROUTES } from './routes.ts'

/** From the least to the most trusted. */
const ACTORS: readonly Actor[] = ['anonymous', 'guest', 'user', 'manager', 'admin']
const names = Object.keys(PERMISSIONS) as Permission[]

describe.each(names)('%s', (permission) => {
  test('grants to everybody above what it grants to somebody', () => {
    const granted = ACTORS.map((actor) => may(actor, permission))
    expect(granted).toEqual(granted.toSorted((a, b) => Number(a) - Number(b)))
    expect(granted.at(-1)).toBe(true)
  })
})

describe('routes', () => {
  const routes = Object.entries<Route>(ROUTES)

  test.each(routes)('%s asks for a permission of the table', (_, route) => {
    expect(names).toContain(route.permission)
  })

  test('those that change something are closed to strangers, but for signing in and up', () => {
    const open = routes.filter(([, { method, permission }]) => method !== 'GET' && may('anonymous', permission))
    expect(open.map(([name]) => name).toSorted()).toEqual([
      'createWebSession',
      'login',
      'loginAlias',
      'refresh',
      'register',
      // Of strangers it asks more: services/chat/SPEC.md, VI-1.
      'sendMessage',
      'setUp',
    ])
  })

  test('no two have the same method and path', () => {
    const addresses = routes.map(([, { method, path }]) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`)
    expect(new Set(addresses).size).toBe(addresses.length)
  })

  test.each(routes)('%s has a schema for each parameter of its path, and for no other', (_, { path, params }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const { properties } = (params ?? {}) as { properties?: object }
    expect(Object.keys(properties ?? {})).toEqual(inPath)
  })
})
