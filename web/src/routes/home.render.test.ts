import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const { site, ...person } = chatData
const render = (fields: object): string =>
  renderComponent(Page, { data: { ...person, site, ...fields }, form: null, params: {} })

test('a visitor is offered what they may do: register, sign in, read the Lobby', () => {
  const html = render({ user: null })
  for (const href of ['/register', '/sign-in', '/chat']) expect(html).toContain(`href="${href}"`)
  expect(html).not.toContain('href="/setup"')
})

test('where registration is closed it says so, and where nobody is an administrator it leads to the set-up', () => {
  const closed = render({ user: null, site: { ...site, registration: 'closed', setup_needed: true } })
  expect(closed).not.toContain('href="/register"')
  expect(closed).toContain('an administrator makes accounts')
  expect(closed).toContain('href="/setup"')
})

test('who is signed in goes on to the chat', () => {
  expect(render({})).toMatch(/Open the chat.*Signed in as.*Ana Okafor/s)
})
