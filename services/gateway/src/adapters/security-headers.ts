import type { ServerResponse } from 'node:http'

const ON_ALL: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
}

/** What is not a page loads nothing and is shown nowhere. Pages bring a policy of their own. */
const NOT_A_PAGE: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

const HTTPS_ONLY = { 'strict-transport-security': 'max-age=31536000' }

export function setSecurityHeaders(response: ServerResponse, of: { page: boolean; publicIsHttps: boolean }): void {
  const headers = { ...ON_ALL, ...(of.page ? {} : NOT_A_PAGE), ...(of.publicIsHttps ? HTTPS_ONLY : {}) }
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}
