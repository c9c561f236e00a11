import type { Api } from '@glasshouse/client'
import type { WebSession } from '@glasshouse/contracts'
import type { Theme } from '#lib/theme.ts'

declare global {
  namespace App {
    interface Locals {
      /** REST, as the visitor may use it. */
      readonly api: Api
      /** The browser's session, asked for once per request; null for an anonymous visitor. */
      readonly session: () => Promise<WebSession | null>
      readonly theme: Theme
      /** Of the viewer, as their browser told in a cookie; `UTC` before it did. */
      readonly timeZone: string
    }
  }
}

export {}
