/** Writes `.env.example` from the table of settings; with `--check`, fails when it differs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { envExample } from './settings.ts'

const file = fileURLToPath(new URL('../../.env.example', import.meta.url))
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== envExample()) {
    console.error('.env.example differs from server/src/settings.ts: run node server/src/generate-env-example.ts')
    process.exitCode = 1
  }
} else {
  writeFileSync(file, envExample())
}
