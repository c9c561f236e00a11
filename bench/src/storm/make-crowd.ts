/**
 * Ten thousand people with a sign-in each. Hashing as many passwords would take a quarter of an hour, and none of it is measured: so one
 * person registers and signs in as people do, and the others are rows like hers, under names, ids and sign-ins of their own. Their
 * tokens are signed with the server's secret, which the bench has set.
 */
import { SignJWT, decodeJwt, decodeProtectedHeader } from 'jose'
import { Pool } from 'pg'
import type { Person } from '@glasshouse/e2e/rest'

/** Rows like `$1`'s, `$2` of them. */
const PEOPLE = `
  insert into identity.users
  select (jsonb_populate_record(u, jsonb_build_object(
    'id', gen_random_uuid(), 'username', 'crowd-' || n, 'username_key', 'crowd-' || n,
    'display_name', 'crowd-' || n, 'display_name_key', 'crowd-' || n,
    'email', 'crowd-' || n || '@example.test', 'email_key', 'crowd-' || n || '@example.test'))).*
  from identity.users u, generate_series(1, $2) n where u.id = $1
  returning id`

const SIGN_INS = `
  insert into identity.sessions
  select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'user_id', p.id))).*
  from identity.sessions s, unnest($2::uuid[]) p (id) where s.user_id = $1
  returning id, user_id`

/** Their tokens. */
export async function makeCrowd(
  connectionString: string,
  jwtSecret: Uint8Array,
  { first, count }: { readonly first: Person; readonly count: number },
): Promise<readonly string[]> {
  const pool = new Pool({ connectionString, max: 1 })
  try {
    const people = await pool.query<{ id: string }>(PEOPLE, [first.id, count])
    const ids = people.rows.map(({ id }) => id)
    const signIns = await pool.query<{ id: string; user_id: string }>(SIGN_INS, [first.id, ids])
    const header = { alg: 'HS256', ...decodeProtectedHeader(first.token) }
    const claims = decodeJwt(first.token)
    return await Promise.all(
      signIns.rows.map(({ id, user_id }) =>
        new SignJWT({ ...claims, sub: user_id, sid: id }).setProtectedHeader(header).sign(jwtSecret),
      ),
    )
  } finally {
    await pool.end()
  }
}
