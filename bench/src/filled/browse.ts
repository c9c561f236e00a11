/** P8, what a person sees of a large channel: how long it takes to open, and how it scrolls. In Chromium, which draws without a graphics card. */
import { launchBrowser, newWindow } from '@glasshouse/e2e/browser'
import { percentile } from '../statistics.ts'

export interface BrowseResult {
  /** From the click on the channel in the list until its newest messages are drawn. */
  readonly openedP50Ms: number
  readonly openedP95Ms: number
  readonly scrolled: {
    readonly seconds: number
    readonly framesPerS: number
    readonly frameP95Ms: number
    readonly longestFrameMs: number
    /** Messages that came into the page by scrolling. */
    readonly messages: number
    /** Rows that were in the document at one time, at most. */
    readonly rowsMax: number
  }
}

interface BrowseAsk {
  readonly url: string
  readonly username: string
  readonly password: string
  /** Large ones; the first is scrolled. */
  readonly channels: readonly { readonly channelId: string; readonly name: string }[]
}

const OPENINGS = 20
const SCROLL_MS = 10_000
/** Of a wheel that is turned fast. */
const SCROLL_PX = 600
const SCROLL_EVERY_MS = 50

/** As text, since it runs in the page: this process has no document. */
const DRAWN = '[data-testid=message-list] [data-testid=message]'
/** And one can scroll in them. */
const READY = '[data-testid=message-list][data-ready=true] [data-testid=message]'

/** Milliseconds from the click until the frame after the one in which messages of the channel are there. */
const openChannel = (path: string, title: string): string => `
  new Promise((opened) => {
    const startedMs = performance.now()
    document.querySelector('a[href="${path}"]').click()
    const look = () => {
      const isThere = document.querySelector('h1')?.textContent.includes(${JSON.stringify(title)})
      if (isThere && document.querySelector('${DRAWN}') !== null) {
        requestAnimationFrame(() => opened(performance.now() - startedMs))
      } else requestAnimationFrame(look)
    }
    look()
  })`

interface Scrolled {
  /** Milliseconds. */
  readonly frames: readonly number[]
  readonly rowsMax: number
  readonly messages: number
}

const WATCH_FRAMES = `
  new Promise((done) => {
    const frames = []
    const seen = new Set()
    let rowsMax = 0
    const startedMs = performance.now()
    let lastMs = startedMs
    const frame = () => {
      const nowMs = performance.now()
      frames.push(nowMs - lastMs)
      lastMs = nowMs
      const rows = document.querySelectorAll('[data-testid=message]')
      rowsMax = Math.max(rowsMax, rows.length)
      for (const row of rows) seen.add(row.dataset.messageId)
      if (nowMs - startedMs < ${SCROLL_MS}) requestAnimationFrame(frame)
      else done({ frames, rowsMax, messages: seen.size })
    }
    requestAnimationFrame(frame)
  })`

export async function browse({ url, username, password, channels }: BrowseAsk): Promise<BrowseResult> {
  await using browser = await launchBrowser()
  await using window = await newWindow(browser)
  const signedIn = await window.request.post(`${url}/api/auth/sessions`, { data: { username, password } })
  if (signedIn.status() !== 201) throw new Error(`cannot sign in: ${signedIn.status()} ${await signedIn.text()}`)
  const page = await window.newPage()
  const [first, second] = channels
  if (first === undefined || second === undefined) throw new Error('two channels are needed')
  await page.goto(`${url}/chat/${first.channelId}`)
  await page.locator(READY).last().waitFor()

  const openedMs: number[] = []
  for (let opening = 0; opening < OPENINGS; opening++) {
    const { channelId, name } = opening % 2 === 0 ? second : first
    openedMs.push(await page.evaluate<number>(openChannel(`/chat/${channelId}`, name)))
    await page.locator(READY).last().waitFor()
  }
  const scroller = page.getByTestId('message-scroller')
  await scroller.hover()
  const watching = page.evaluate<Scrolled>(WATCH_FRAMES)
  const untilMs = performance.now() + SCROLL_MS
  while (performance.now() < untilMs) {
    await page.mouse.wheel(0, -SCROLL_PX)
    await new Promise((again) => setTimeout(again, SCROLL_EVERY_MS))
  }
  const { frames, rowsMax, messages: seen } = await watching
  return {
    openedP50Ms: percentile(openedMs, 50),
    openedP95Ms: percentile(openedMs, 95),
    scrolled: {
      seconds: SCROLL_MS / 1_000,
      framesPerS: frames.length / (SCROLL_MS / 1_000),
      frameP95Ms: percentile(frames, 95),
      longestFrameMs: Math.max(...frames),
      messages: seen,
      rowsMax,
    },
  }
}
