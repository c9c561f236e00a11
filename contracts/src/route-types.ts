/** The routes as types: what a caller passes and gets. Costs nothing at run time. */
import type { Static, TSchema } from 'typebox'
import type { ROUTES, RouteName } from './routes.ts'

type Routes = typeof ROUTES

type Field<R, Key extends string> =
  R extends Readonly<Record<Key, infer Schema extends TSchema>>
    ? Record<never, never> extends Static<Schema>
      ? { readonly [K in Key]?: Static<Schema> }
      : { readonly [K in Key]: Static<Schema> }
    : Record<never, never>

/** What a call of a route carries: those of `params`, `query` and `body` that it takes. */
export type RouteRequest<Name extends RouteName> = Field<Routes[Name], 'params'> &
  Field<Routes[Name], 'query'> &
  Field<Routes[Name], 'body'>

type Answers<Name extends RouteName> = Routes[Name]['answers']

/** What a route answers when it does not refuse; undefined for an empty answer. */
export type RouteAnswer<Name extends RouteName> = {
  [Status in keyof Answers<Name>]: Answers<Name>[Status] extends TSchema ? Static<Answers<Name>[Status]> : undefined
}[keyof Answers<Name>]
