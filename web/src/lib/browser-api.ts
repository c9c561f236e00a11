import { createApi } from '@glasshouse/client'

/** REST as the browser calls it: the session's cookie authenticates. Nothing is changed by it, so it needs no csrf token. */
export const browserApi = createApi({ baseUrl: '' })
