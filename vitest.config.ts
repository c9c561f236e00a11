import { defineConfig } from 'vitest/config'

const needsPostgres = '**/*.pg.test.ts'
const isComponent = 'web/src/**/*.render.test.ts'
/** A condition that does not come true within this is a fault. By itself vitest waits a second, which a busy machine takes for anything. */
const expectPatiently = { poll: { timeout: 20_000 } }
const never = ['**/node_modules/**', '**/build/**', '**/.svelte-kit/**', 'bench/contestants/**']

/**
 * One project for each thing that tests need: nothing (`unit`), compiled components (`render`), a PostgreSQL server (`pg`), the whole system (`e2e`). `npm test`
 * runs them all, and fails when a test file belongs to none of them (scripts/test.ts).
 */
export default defineConfig({
  test: {
    passWithNoTests: false,
    allowOnly: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{kernel,contracts,client,services,platform,server,bench,scripts}/**/*.test.ts',
            'web/src/**/*.test.ts',
          ],
          exclude: [...never, needsPostgres, isComponent],
          // The longest take a second or two; a machine that does other work at the same time makes ten of them.
          testTimeout: 30_000,
          expect: expectPatiently,
          sequence: { groupOrder: 0 },
        },
      },
      'web/vitest.config.ts',
      {
        test: {
          name: 'pg',
          include: [needsPostgres],
          exclude: [...never, 'e2e/**'],
          globalSetup: ['platform/src/test-postgres-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: expectPatiently,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/src/**/*.test.ts'],
          exclude: never,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: expectPatiently,
          // Each file starts servers and browsers of its own: side by side they would wait for each other's processor time.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
