/** Writes docs/permissions.md from the rows of the permission matrix; with `--check`, fails when it differs. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { permissionsDocument } from './document.ts'

const file = fileURLToPath(new URL('../../../docs/permissions.md', import.meta.url))
const text = await format(permissionsDocument(), { parser: 'markdown', printWidth: 120 })
if (!process.argv.includes('--check')) {
  await writeFile(file, text)
} else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
  console.error(
    'docs/permissions.md differs from the permission matrix: run node e2e/src/permission-matrix/generate.ts',
  )
  process.exitCode = 1
}
