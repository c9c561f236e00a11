/**
 * Calls what the program above has handed in. What that throws is a fault of the program: it is thrown where the platform reports such
 * things, and the connection, which was in the middle of something, goes on.
 */
export function callOut(run: () => void): void {
  try {
    run()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
