import { describe, expect, test } from 'vitest'
import { readConfig, type Config } from './config.ts'
import { envExample, SETTINGS } from './settings.ts'

function configOf(environment: Record<string, string>): Config {
  const config = readConfig(environment)
  if (!config.ok) throw new Error(config.error)
  return config.value
}

function refusalOf(environment: Record<string, string>): string {
  const config = readConfig(environment)
  return config.ok ? 'accepted' : config.error
}

describe('settings', () => {
  test('have defaults for a machine of one’s own', () => {
    const config = configOf({})
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, REGISTRATION: 'open', LOBBY_ACCESS: 'demo' })
    expect(config.LOBBY_RATE_LIMIT).toEqual({ count: 5, windowS: 10 })
    expect(config.CHANNEL_RATE_LIMIT).toEqual({ count: 50, windowS: 10 })
    expect(config.DATABASE_URL).toBeUndefined()
    expect(config.admin).toBeUndefined()
  })

  test('an empty one is as good as none', () => {
    expect(configOf({ PORT: '', HOST: ' ' })).toMatchObject({ PORT: 3000, HOST: '127.0.0.1' })
  })

  test.for<readonly [host: string, registration: string]>([
    ['127.0.0.1', 'open'],
    ['127.9.9.9', 'open'],
    ['::1', 'open'],
    ['localhost', 'open'],
    ['0.0.0.0', 'closed'],
    ['192.168.1.5', 'closed'],
    ['chat.example.org', 'closed'],
  ])('on %s registration is %s unless it is said otherwise', ([HOST, registration]) => {
    expect(configOf({ HOST }).REGISTRATION).toBe(registration)
    expect(configOf({ HOST, REGISTRATION: 'open' }).REGISTRATION).toBe('open')
  })

  test.for<readonly [environment: Record<string, string>, access: string]>([
    [{}, 'demo'],
    [{ HOST: '::1' }, 'demo'],
    [{ HOST: '0.0.0.0' }, 'read'],
    // A proxy brings in people from elsewhere.
    [{ PUBLIC_URL: 'https://chat.example.org' }, 'read'],
    [{ TRUSTED_PROXIES: 'loopback' }, 'read'],
    [{ TRUSTED_PROXIES: '10.0.0.1', PUBLIC_URL: 'http://localhost:3000' }, 'read'],
    [{ PUBLIC_URL: 'http://localhost:3000' }, 'demo'],
    [{ PUBLIC_URL: 'http://[::1]:3000' }, 'demo'],
    [{ HOST: '0.0.0.0', LOBBY_ACCESS: 'demo' }, 'demo'],
    [{ LOBBY_ACCESS: 'off' }, 'off'],
  ])('with %o visitors may do in the Lobby: %s', ([environment, access]) => {
    expect(configOf(environment).LOBBY_ACCESS).toBe(access)
  })

  test('the text of a secret is in no refusal', () => {
    expect(refusalOf({ SESSION_SECRET: 'leak!' })).toMatch(/^SESSION_SECRET must be at least 32 random bytes/)
    expect(refusalOf({ DATABASE_URL: 'mysql://u:leak@h/d' })).toMatch(/^DATABASE_URL must be an address/)
    expect(refusalOf({ SESSION_SECRET: 'leak!' }) + refusalOf({ DATABASE_URL: 'mysql://u:leak@h/d' })).not.toContain(
      'leak',
    )
  })

  test('two token secrets may be given, to change from one to the other', () => {
    const [first, second] = [Buffer.alloc(64, 1), Buffer.alloc(32, 2)]
    const config = configOf({ JWT_SECRET: `${first.toString('base64url')}, ${second.toString('base64url')}` })
    expect(config.JWT_SECRET).toEqual([first, second])
  })

  test('a choice that is none names the choices', () => {
    expect(refusalOf({ REGISTRATION: 'invite' })).toBe('REGISTRATION must be open or closed, but is "invite"')
    expect(refusalOf({ LOBBY_ACCESS: 'yes' })).toBe('LOBBY_ACCESS must be demo or read or off, but is "yes"')
  })

  test('PUBLIC_URL has no path', () => {
    expect(configOf({ PUBLIC_URL: 'https://chat.example.org' }).PUBLIC_URL?.origin).toBe('https://chat.example.org')
    expect(refusalOf({ PUBLIC_URL: 'https://example.org/chat' })).toContain('without a path')
  })

  test('proxies are addresses, networks or names of networks', () => {
    const TRUSTED_PROXIES = '10.0.0.0/8, ::1, loopback'
    expect(configOf({ TRUSTED_PROXIES }).TRUSTED_PROXIES).toEqual(['10.0.0.0/8', '::1', 'loopback'])
    expect(refusalOf({ TRUSTED_PROXIES: '10.0.0.0/40' })).toContain('"10.0.0.0/40" is none')
  })

  test('each is in .env.example', () => {
    for (const name of Object.keys(SETTINGS)) expect(envExample()).toContain(`# ${name}=`)
  })
})
