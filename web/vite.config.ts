import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Browsers have the table of HTML's character references; the server takes the package. */
const browserEntities: Plugin = {
  name: 'browser-entities',
  enforce: 'pre',
  applyToEnvironment: ({ name }) => name === 'client',
  resolveId: {
    filter: { id: /^entities$/ },
    handler: () => fileURLToPath(new URL('src/lib/browser-entities.ts', import.meta.url)),
  },
}

// In development Vite's own socket, which reloads the page, has another port.
export default defineConfig(({ command }) => ({
  plugins: [
    browserEntities,
    sveltekit({
      // `npm start` keeps a build for each state of the sources, so that a running server never loses its files to a new one.
      adapter: adapter({ out: process.env['GLASSHOUSE_WEB_BUILD'] ?? 'build/by-hand' }),
      compilerOptions: { runes: true },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // The virtual list positions its rows by style attributes, and so does the server's first render.
          'style-src-attr': ['unsafe-inline'],
          'img-src': ['self', 'data:'],
          'connect-src': command === 'serve' ? ['self', 'ws:'] : ['self'],
          'object-src': ['none'],
          'base-uri': ['self'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
  // The workspace packages are TypeScript sources: they are bundled, so that the built server needs none of them.
  ssr: { noExternal: [/^@glasshouse\//] },
}))
