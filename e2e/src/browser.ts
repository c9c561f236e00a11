/** Chromium, driven by Playwright. The one place that knows where it is. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions } from 'playwright-core'

const NAMED = process.env['CHROMIUM_PATH']
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
/** For `CHROMIUM_PATH`: that of npm, whatever is installed. */
const BUNDLED = 'bundled'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** With these Playwright keeps hidden pages as awake as the one in front. */
const KEEPS_AWAKE = [
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
]

/**
 * Debian's, where it is installed; else one that npm has brought, so that a fresh machine can run every test. `slowsHiddenTabs`: as it
 * does for people.
 */
export async function launchBrowser({ slowsHiddenTabs = false } = {}): Promise<Browser> {
  const installed =
    NAMED === BUNDLED ? undefined : [NAMED, ...PLACES].find((place) => place !== undefined && existsSync(place))
  return chromium.launch({
    executablePath: installed ?? (await bundledBrowser()),
    args: FLAGS,
    ignoreDefaultArgs: slowsHiddenTabs ? KEEPS_AWAKE : [],
  })
}

async function bundledBrowser(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Chromium is missing: install it, and name it in CHROMIUM_PATH')
  }
  // Asks it for the libraries as well that a bare machine does not have; it unpacks them into the temporary folder.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x'
  const { default: bundled } = await import('@sparticuz/chromium')
  return bundled.executablePath()
}

const DESKTOP = { width: 1440, height: 900 }
export const PHONE = { width: 390, height: 844 }

/** A window of somebody: cookies of its own. */
export function newWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({ viewport: DESKTOP, locale: 'en-GB', timezoneId: 'Europe/London', ...options })
}
