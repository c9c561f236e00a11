/**
 * One browser window with tabs, of which one is in front and the others are hidden, slowed down and may be frozen, as for a person.
 * (Playwright's own pages are all visible and never slowed down; so these are driven over the DevTools protocol.)
 */
import type { Browser } from 'playwright-core'
import { expect } from 'vitest'
import type { Person } from './rest.ts'

export interface Tab {
  /** Brings it to the front; the one before is hidden. */
  show(): Promise<void>
  freeze(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
  /** What an expression comes to in the page. */
  evaluate<Value>(expression: string): Promise<Value>
}

export interface TabWindow {
  open(url: string): Promise<Tab>
}

interface Answer {
  readonly id?: number
  readonly result?: { readonly result?: { readonly value?: unknown } }
}

export async function openTabWindow(browser: Browser): Promise<TabWindow> {
  const root = await browser.newBrowserCDPSession()
  return {
    async open(url) {
      const { targetId } = await root.send('Target.createTarget', { url })
      const { sessionId } = await root.send('Target.attachToTarget', { targetId })
      const due = new Map<number, (answer: Answer) => void>()
      root.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
        const answer = JSON.parse(message) as Answer
        if (from === sessionId && answer.id !== undefined) due.get(answer.id)?.(answer)
      })
      let asked = 0
      const ask = async (method: string, params: object = {}): Promise<Answer> => {
        const id = ++asked
        const answer = new Promise<Answer>((resolve) => due.set(id, resolve))
        await root.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
        return answer
      }
      const evaluate = async <Value>(expression: string): Promise<Value> => {
        const parameters = { expression, returnByValue: true, awaitPromise: true }
        return (await ask('Runtime.evaluate', parameters)).result?.result?.value as Value
      }
      await ask('Emulation.setDeviceMetricsOverride', { width: 1440, height: 900, deviceScaleFactor: 1, mobile: false })
      await expect.poll(() => evaluate('location.href')).toBe(url)
      await expect.poll(() => evaluate('document.readyState')).toBe('complete')
      return {
        evaluate,
        show: async () => void (await root.send('Target.activateTarget', { targetId })),
        freeze: async () => {
          await evaluate(`document.addEventListener('freeze', () => document.body.setAttribute('data-frozen', ''))`)
          await ask('Page.setWebLifecycleState', { state: 'frozen' })
          await expect.poll(() => evaluate(`document.body.hasAttribute('data-frozen')`)).toBe(true)
        },
        resume: async () => void (await ask('Page.setWebLifecycleState', { state: 'active' })),
        close: async () => void (await root.send('Target.closeTarget', { targetId })),
      }
    },
  }
}

/** Signs in for all tabs of the window. */
export async function signInTab(tab: Tab, { username, password }: Person): Promise<void> {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  }
  const status = await tab.evaluate<number>(
    `fetch('/api/auth/sessions', ${JSON.stringify(request)}).then(({ status }) => status)`,
  )
  expect(status).toBe(201)
}

const attribute = (testId: string, name: string): string =>
  `document.querySelector('[data-testid=${testId}]')?.getAttribute('${name}')`

export const liveState = (tab: Tab): Promise<string | undefined> => tab.evaluate(attribute('live-state', 'data-state'))

/** 'true' or 'false'; undefined while it shares with nobody. */
export const followsIn = (tab: Tab): Promise<string | undefined> => tab.evaluate(attribute('sharing', 'data-follows'))

export const textsIn = (tab: Tab): Promise<string[]> =>
  tab.evaluate(
    `[...document.querySelectorAll('[data-testid=message]')].map((item) => item.innerText.split('\\n').at(-1))`,
  )
