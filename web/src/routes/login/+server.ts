import { redirect } from '@sveltejs/kit'
import { withNext } from '#lib/safe-next.ts'
import type { RequestHandler } from './$types'

/** The address that many people type. Programs post JSON to it, which the gateway answers itself. */
export const GET: RequestHandler = ({ url }) => redirect(302, withNext('/sign-in', url.searchParams.get('next')))
