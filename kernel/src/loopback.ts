/**
 * Whether this is a name or an address of this machine itself, which no other machine's can be: `localhost`, 127.0.0.0/8 and ::1. A name
 * that merely leads there (DNS says what its owner likes) is none.
 */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

export function isLoopback(host: string): boolean {
  const authority = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}`
  return URL.canParse(authority) && LOOPBACK.test(new URL(authority).hostname)
}
