/**
 * Calls `onWake` when a browser is online again, or its tab is looked at again after it was hidden: then a wait for the next try is
 * wasted time. Elsewhere nothing ever happens. Returns what ends it.
 */
export function watchWakeEvents(onWake: () => void): () => void {
  // Typed by what is used: the SDK is checked without the browser's types.
  const { document, addEventListener, removeEventListener } = globalThis as Partial<EventSource> & {
    readonly document?: EventSource & { readonly visibilityState: string }
  }
  if (document === undefined || addEventListener === undefined || removeEventListener === undefined) return () => {}
  const whenVisible = (): void => {
    if (document.visibilityState === 'visible') onWake()
  }
  addEventListener.call(globalThis, 'online', onWake)
  document.addEventListener('visibilitychange', whenVisible)
  return () => {
    removeEventListener.call(globalThis, 'online', onWake)
    document.removeEventListener('visibilitychange', whenVisible)
  }
}

interface EventSource {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}
