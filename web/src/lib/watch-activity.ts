/** Who goes on using the page says so this often. */
const REPEAT_MS = 60_000
/** As the server has it by default: without a sign for so long, nobody is there. */
const IDLE_MS = 300_000
const LOOK_MS = 15_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const

/**
 * Tells whether somebody is at the page: when they act after a while, and when they have not for long. `isAway`: others are told that
 * they are away, so the next sign is news. Returns what ends it.
 */
export function watchActivity(report: (state: 'active' | 'away') => void, isAway: () => boolean): () => void {
  let actedAtMs = performance.now()
  let reportedAtMs = Number.NEGATIVE_INFINITY
  let idle = document.visibilityState === 'hidden'
  const active = (): void => {
    const nowMs = performance.now()
    actedAtMs = nowMs
    // One who is away is told once a second at most: it takes a moment until others, and so this page, know.
    if (!idle && nowMs - reportedAtMs < (isAway() ? 1_000 : REPEAT_MS)) return
    idle = false
    reportedAtMs = nowMs
    report('active')
  }
  const seen = (): void => {
    if (document.visibilityState === 'visible') active()
  }
  const look = setInterval(() => {
    if (idle || performance.now() - actedAtMs < IDLE_MS) return
    idle = true
    report('away')
  }, LOOK_MS)
  for (const sign of SIGNS) document.addEventListener(sign, active, { passive: true })
  document.addEventListener('visibilitychange', seen)
  if (idle) report('away')
  else active()
  return () => {
    clearInterval(look)
    for (const sign of SIGNS) document.removeEventListener(sign, active)
    document.removeEventListener('visibilitychange', seen)
  }
}
