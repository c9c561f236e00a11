import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vitest/config'

/** The project `render` of the tests: components, compiled as for the server. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [sveltekit({ compilerOptions: { runes: true } })],
  test: {
    name: 'render',
    include: ['src/**/*.render.test.ts'],
    // They leave nothing behind, and loading the components takes longer than rendering them.
    isolate: false,
    sequence: { groupOrder: 0 },
  },
})
