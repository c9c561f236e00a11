import { endpoint, ROUTES, type Endpoint, type Site } from '@glasshouse/contracts'
import { ok } from '@glasshouse/kernel'

/** Answers what anybody may know of this house. */
export function siteEndpoint(readSite: () => Promise<Site>): Endpoint {
  return endpoint(ROUTES.getSite, async () => ok({ status: 200, body: await readSite() }))
}
