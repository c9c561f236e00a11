/** What every AccountStore does. Run by the store's own test, on a real database. */
import { DEMO_USER_ID } from '@glasshouse/contracts'
import { newId, type AuthSessionId, type UserId } from '@glasshouse/kernel'
import { describe, expect, test } from 'vitest'
import type { DisplayName } from '../domain/display-name.ts'
import { nameKey } from '../domain/name-key.ts'
import type { AccountStore, ImportedPerson, NewAccount } from './ports.ts'

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

export function newAccount(username: string, more: Partial<NewAccount> = {}): NewAccount {
  return {
    id: newId<UserId>(AT_MS),
    username,
    displayName: username,
    email: `${username}@example.org`,
    role: 'user',
    passwordHash: 'a hash',
    createdAtMs: AT_MS,
    ...more,
  }
}

function person(externalId: string, username: string, more: Partial<ImportedPerson> = {}): ImportedPerson {
  return { externalId, username, displayName: username, bot: false, disabled: false, ...more }
}

/** `withStore` hands a store with no accounts to each test. */
export function accountStoreContract(withStore: (work: (store: AccountStore) => Promise<void>) => Promise<void>): void {
  const on = (work: (store: AccountStore) => Promise<void>) => () => withStore(work)

  describe('AccountStore: accounts', () => {
    test(
      'what was created is found, with the same times',
      on(async (store) => {
        const account = newAccount('Ada')
        const created = await store.create(account)
        expect(created).toEqual({
          ok: true,
          value: {
            id: account.id,
            username: 'Ada',
            displayName: 'Ada',
            email: 'Ada@example.org',
            role: 'user',
            state: 'active',
            bot: false,
            version: 1,
            createdAtMs: AT_MS,
            updatedAtMs: AT_MS,
          },
        })
        const expected = created.ok ? created.value : undefined
        expect(await store.find(account.id)).toEqual(expected)
        expect(await store.findMany([account.id, newId<UserId>()])).toEqual([expected])
        expect(await store.findByUsername(nameKey('ADA'))).toEqual(expected)
        expect(await store.findByUsername(nameKey('ada@example.org'))).toBeUndefined()
        for (const login of ['ada', 'ADA@EXAMPLE.ORG']) {
          expect(await store.findCredentials(nameKey(login))).toEqual({ account: expected, passwordHash: 'a hash' })
        }
        expect(await store.find(newId<UserId>())).toBeUndefined()
      }),
    )

    test(
      'ID-2: names and addresses are unique without case',
      on(async (store) => {
        await store.create(newAccount('ada'))
        expect(await store.create(newAccount('ADA', { email: 'other@example.org' }))).toEqual({
          ok: false,
          error: 'username_taken',
        })
        expect(await store.create(newAccount('grace', { email: 'ADA@example.ORG' }))).toEqual({
          ok: false,
          error: 'email_taken',
        })
        const free = nameKey('free')
        expect(await store.findTaken({ username: nameKey('aDa'), email: free })).toBe('username_taken')
        expect(await store.findTaken({ username: free, email: nameKey('ada@EXAMPLE.org') })).toBe('email_taken')
        expect(await store.findTaken({ username: free, email: free })).toBeUndefined()
      }),
    )

    test(
      'ID-3: of many with one name at once, one is created',
      on(async (store) => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.create(newAccount('ada', { email: `${index}@example.org` }))),
        )
        expect(results.filter(({ ok }) => ok)).toHaveLength(1)
        expect(results.filter((result) => !result.ok && result.error === 'username_taken')).toHaveLength(19)
      }),
    )

    test(
      'ID-10: of many first administrators at once, one is created, and none when there is one',
      on(async (store) => {
        // Opens the connections, so that all begin together.
        await Promise.all(Array.from({ length: 20 }, () => store.hasAdmin()))
        expect(await store.hasAdmin()).toBe(false)
        const results = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            store.createFirstAdmin(newAccount(`admin${index}`, { role: 'admin' })),
          ),
        )
        expect(results.filter(({ ok }) => ok)).toHaveLength(1)
        expect(results.filter((result) => !result.ok && result.error === 'admin_exists')).toHaveLength(9)
        expect(await store.hasAdmin()).toBe(true)
      }),
    )

    test(
      'ID-10: an administrator who was made in another way counts',
      on(async (store) => {
        await store.create(newAccount('settings', { role: 'admin' }))
        expect(await store.createFirstAdmin(newAccount('visitor', { role: 'admin' }))).toEqual({
          ok: false,
          error: 'admin_exists',
        })
      }),
    )

    test(
      'ID-53: setting a password changes the credentials and the version',
      on(async (store) => {
        const account = newAccount('ada')
        await store.create(account)
        expect(await store.setPassword(account.id, 'another hash', AT_MS + 1)).toEqual([])
        const after = await store.findCredentials(nameKey('ada'))
        expect(after?.passwordHash).toBe('another hash')
        expect(after?.account).toMatchObject({ version: 2, updatedAtMs: AT_MS + 1, createdAtMs: AT_MS })
      }),
    )
  })

  describe('AccountStore: by the person', () => {
    const keptSessionId = newId<AuthSessionId>()

    test(
      'ID-72: of many changes of one password at once, one is made',
      on(async (store) => {
        const account = newAccount('ada')
        await store.create(account)
        expect(await store.credentialsOf(account.id)).toMatchObject({ passwordHash: 'a hash', account: { version: 1 } })
        const change = { id: account.id, provenPasswordHash: 'a hash', keptSessionId }
        const made = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            store.changePassword({ ...change, passwordHash: `hash ${index}` }, AT_MS + 1),
          ),
        )
        expect(made.filter((ended) => ended !== undefined)).toEqual([[]])
        const after = await store.credentialsOf(account.id)
        expect(after?.passwordHash).toBe(`hash ${made.findIndex((ended) => ended !== undefined)}`)
        expect(after?.account).toMatchObject({ version: 2, updatedAtMs: AT_MS + 1 })
        expect(await store.credentialsOf(newId<UserId>())).toBeUndefined()
      }),
    )

    test(
      'ID-70: a display name is changed and found; the same again changes nothing',
      on(async (store) => {
        const account = newAccount('ada')
        await store.create(account)
        const name = 'Countess Lovelace' as DisplayName
        const changed = await store.setDisplayName(account.id, name, AT_MS + 1)
        expect(changed).toMatchObject({ displayName: name, version: 2, updatedAtMs: AT_MS + 1 })
        expect(await store.setDisplayName(account.id, name, AT_MS + 2)).toEqual(changed)
        expect(await store.find(account.id)).toEqual(changed)
        const page = await store.page({ prefix: nameKey('COUNT'), after: undefined, limit: 10 })
        expect(page?.accounts).toEqual([changed])
        expect(await store.setDisplayName(newId<UserId>(), name, AT_MS)).toBeUndefined()
      }),
    )
  })

  describe('AccountStore: pages', () => {
    test(
      'ID-8: pages hold everybody once, by name without case',
      on(async (store) => {
        for (const name of ['bob', 'Ada', 'carol', 'Dan', 'eve', 'ABBA']) await store.create(newAccount(name))
        const seen: string[] = []
        let after: UserId | undefined
        for (let more = true; more;) {
          const page = await store.page({ prefix: nameKey(''), after, limit: 2 })
          expect(page?.accounts.length).toBeLessThanOrEqual(2)
          seen.push(...(page?.accounts.map(({ username }) => username) ?? []))
          after = page?.accounts.at(-1)?.id
          more = page?.more === true
        }
        expect(seen).toEqual(['ABBA', 'Ada', 'bob', 'carol', 'Dan', 'eve'])
      }),
    )

    test(
      'ID-8: the prefix is of the name or the display name, and is no pattern',
      on(async (store) => {
        await store.create(newAccount('ada', { displayName: 'Countess Lovelace' }))
        await store.create(newAccount('count_zero'))
        await store.create(newAccount('grace'))
        const find = async (prefix: string): Promise<readonly string[] | undefined> =>
          (await store.page({ prefix: nameKey(prefix), after: undefined, limit: 10 }))?.accounts.map(
            ({ username }) => username,
          )
        expect(await find('COUNT')).toEqual(['ada', 'count_zero'])
        expect(await find('lovelace')).toEqual([])
        expect(await find('%')).toEqual([])
        expect(await find('count%')).toEqual([])
        expect(await find('count_')).toEqual(['count_zero'])
        expect(await find('a\u0000')).toEqual([])
      }),
    )

    test(
      'ID-8: nobody can be after one who does not exist',
      on(async (store) => {
        expect(await store.page({ prefix: nameKey(''), after: newId<UserId>(), limit: 10 })).toBeUndefined()
      }),
    )
  })

  describe('AccountStore: imported people', () => {
    test(
      'ID-60: a second import changes nothing and gives the same answer',
      on(async (store) => {
        const people = [person('U1', 'jo'), person('U2', 'ada.lovelace', { bot: true }), person('U1', 'jo')]
        const first = await store.importPeople('slack:T1', people, AT_MS)
        expect([...first.values()].map(({ username }) => username)).toEqual(['jo', 'ada.lovelace'])
        expect(await store.importPeople('slack:T1', people, AT_MS + 1)).toEqual(first)
        const elsewhere = await store.importPeople('slack:T2', [person('U1', 'jo')], AT_MS)
        expect(elsewhere.get('U1')?.username).toBe('jo-2')
        expect(elsewhere.get('U1')?.userId).not.toBe(first.get('U1')?.userId)
      }),
    )

    test(
      'ID-61: who came from where is known, whatever became of them; a house with a disabled account only has one',
      on(async (store) => {
        expect(await store.hasAccounts()).toBe(false)
        await store.importPeople('slack:T1', [person('U1', 'jo', { disabled: true })], AT_MS)
        await store.importPeople('slack:T2', [person('U1', 'kim')], AT_MS)
        expect(await store.hasAccounts()).toBe(true)
        expect(await store.importedPeople('slack:T1')).toMatchObject([{ externalId: 'U1', username: 'jo' }])
        expect(await store.importedPeople('slack:T3')).toEqual([])
      }),
    )

    test(
      'ID-60: imports at once make each person once',
      on(async (store) => {
        const people = Array.from({ length: 30 }, (_, index) => person(`U${index}`, `name${index % 3}`))
        const answers = await Promise.all(
          Array.from({ length: 4 }, () => store.importPeople('slack:T1', people, AT_MS)),
        )
        const [first] = answers
        for (const answer of answers) {
          for (const { externalId } of people) expect(answer.get(externalId)).toEqual(first?.get(externalId))
        }
        const names = new Set([...(first?.values() ?? [])].map(({ username }) => username))
        expect(names.size).toBe(30)
        expect(names).toContain('name0')
        expect(names).toContain('name2-10')
      }),
    )

    test(
      'ID-60, ID-61: people who register meanwhile neither lose their name nor break the import',
      on(async (store) => {
        const people = Array.from({ length: 20 }, (_, index) => person(`U${index}`, `name${index}`))
        const [imported, ...registered] = await Promise.all([
          store.importPeople('slack:T1', people, AT_MS),
          ...people.map(({ username }) => store.create(newAccount(username))),
        ])
        for (const [index, { externalId, username }] of people.entries()) {
          const expected = registered[index]?.ok === true ? `${username}-2` : username
          expect(imported.get(externalId)?.username).toBe(expected)
        }
      }),
    )

    test(
      'ID-61, ID-62, ID-63: names are kept, taken addresses are dropped, nobody has a password',
      on(async (store) => {
        await store.create(newAccount('Ada'))
        const people = [
          person('U1', 'ada', { email: 'ADA@example.org' }),
          person('U2', 'x', { email: 'x@example.org', displayName: 'X Y' }),
          person('U3', '', { email: 'nonsense', disabled: true }),
        ]
        const accounts = await store.importPeople('slack:T1', people, AT_MS)
        const stored = await store.findMany([...accounts.values()].map(({ userId }) => userId))
        const byName = new Map(stored.map((account) => [account.username, account]))
        expect(byName.get('ada-2')).toMatchObject({ email: null, state: 'active', role: 'user', version: 1 })
        expect(byName.get('x')).toMatchObject({ email: 'x@example.org', displayName: 'X Y' })
        expect(byName.get('user')).toMatchObject({ email: null, state: 'disabled' })
        for (const name of byName.keys()) {
          expect((await store.findCredentials(nameKey(name)))?.passwordHash).toBeNull()
        }
      }),
    )

    test(
      'ID-64: an account of the house is made once, with a number when its name is taken, and is in no list',
      on(async (store) => {
        const demo = { id: DEMO_USER_ID, username: 'demo-bot', displayName: 'Demo Bot' }
        await store.create(newAccount('Demo-Bot'))
        await Promise.all([1, 2, 3].map(() => store.ensureHouseAccount(demo, AT_MS)))
        await store.ensureHouseAccount({ ...demo, displayName: 'Another' }, AT_MS + 1)
        expect(await store.find(DEMO_USER_ID)).toMatchObject({
          username: 'demo-bot-2',
          displayName: 'Demo Bot',
          email: null,
          role: 'guest',
          state: 'active',
          bot: true,
          version: 1,
          createdAtMs: AT_MS,
        })
        expect((await store.findCredentials(nameKey('demo-bot-2')))?.passwordHash).toBeNull()
        expect(await store.hasAdmin()).toBe(false)
        const page = await store.page({ prefix: nameKey('demo'), after: undefined, limit: 10 })
        expect(page?.accounts.map(({ username }) => username)).toEqual(['Demo-Bot'])
      }),
    )

    test(
      'ID-61: a name that very many have',
      on(async (store) => {
        const people = Array.from({ length: 150 }, (_, index) => person(`U${index}`, 'bot'))
        const names = [...(await store.importPeople('slack:T1', people, AT_MS)).values()].map(
          ({ username }) => username,
        )
        expect(names).toEqual(Array.from({ length: 150 }, (_, index) => (index === 0 ? 'bot' : `bot-${index + 1}`)))
      }),
    )
  })
}
