import { createRawSnippet, type Component, type ComponentProps, type Snippet } from 'svelte'
import { render } from 'svelte/server'
import type { Channel, Unread } from '@glasshouse/contracts'
import type { ChannelView } from '#lib/channel-view.svelte.ts'
import type { Outbox } from '#lib/outbox.ts'
import Setting from './setting.svelte'

interface RenderOptions {
  readonly address?: string
  readonly outbox?: Outbox
  readonly unread?: Pick<Unread, 'channels' | 'threads'>
  /** What a form action has answered. */
  readonly form?: unknown
  readonly channels?: readonly Channel[]
  readonly view?: ChannelView
  /** Of a page that failed, with what it says. */
  readonly status?: number
  readonly message?: string
}

/**
 * The HTML that the server sends for a component, within what its pages give it: a viewer in UTC on 21 November 2026, a channel as Ana
 * sees it, and the address of the page. Svelte's own marks are left out.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- of any component: what the caller must give is taken from it
export function renderComponent<Shown extends Component<any>>(
  component: Shown,
  props: ComponentProps<Shown>,
  { address = 'http://glasshouse.example/chat', status = 200, message, form = null, ...given }: RenderOptions = {},
): string {
  const page = {
    url: new URL(address),
    params: {},
    route: { id: null },
    status,
    error: message === undefined ? null : { message },
    data: {},
    form,
  }
  const { body } = render(Setting, {
    props: { of: component, with: props, ...given },
    context: new Map([['__request__', { page: { ...page, state: {}, shallow: {} } }]]),
  })
  return body.replaceAll(/<!--.*?-->/g, '')
}

/** What stands between a component's tags. */
export function textSnippet(html: string): Snippet {
  return createRawSnippet(() => ({ render: () => `<span>${html}</span>` }))
}
