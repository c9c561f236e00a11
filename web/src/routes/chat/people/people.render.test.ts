import type { PublicUser } from '@glasshouse/contracts'
import { expect, test } from 'vitest'
import { renderComponent } from '#lib/testing/render-component.ts'
import { ana, chatData } from '#lib/testing/samples.ts'
import Page from './+page.svelte'

const ben = { id: '0197a5c0-0000-7000-8000-0000000000b1', username: 'ben', display_name: 'Ben Tran' }
type Shown = { people: PublicUser[]; q: string }
const render = (fields: Partial<Shown>): string =>
  renderComponent(Page, {
    data: { ...chatData, q: '', people: [] as PublicUser[], more: false, ...fields },
    form: null,
    params: {},
  })

test('everybody but oneself can be chosen', () => {
  const html = render({ people: [ana, ben] })
  expect(html).toContain(`value="${ben.id}"`)
  expect(html).not.toContain(`value="${ana.id}"`)
})

test('nobody of that name, and nobody at all, are told apart', () => {
  expect(render({ q: 'zz' })).toContain('Nobody is called so.')
  expect(render({})).toContain('You are alone here so far.')
})
