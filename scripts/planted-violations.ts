/**
 * Small trees, each of which breaks one rule of the house; scripts/boundaries.test.ts proves that the rule, and only it, complains.
 * A rule with several ways around it has several trees.
 */

/** Path inside the tree -> text of the file; `link:PATH` makes a symbolic link to PATH in the same tree. */
export type Tree = Readonly<Record<string, string>>

const workspaces = [
  'kernel',
  'contracts',
  'client',
  'platform',
  'server',
  'web',
  'bench',
  'e2e',
  'services/identity',
  'services/chat',
]

/** Workspaces as npm installs them: a manifest with the package's doors, and a link under node_modules. */
function manifests(): Tree {
  const tree: Record<string, string> = {}
  for (const folder of workspaces) {
    const name = `@glasshouse/${folder.replace('services/', '')}`
    const exports: Record<string, string> = { '.': './src/index.ts' }
    if (folder.startsWith('services/')) exports['./adapters'] = './src/adapters/index.ts'
    if (folder === 'platform') exports['./testing'] = './src/test-postgres.ts'
    tree[`${folder}/package.json`] = JSON.stringify({
      name,
      type: 'module',
      exports,
      dependencies: { engine: '1.0.0' },
    })
    tree[`node_modules/${name}`] = `link:${folder}`
  }
  for (const name of ['engine', 'typebox', 'tester', 'stray']) {
    tree[`node_modules/${name}/package.json`] = JSON.stringify({
      name,
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
    })
    tree[`node_modules/${name}/index.js`] = 'export const value = 1\n'
  }
  return tree
}

/** A house in order, with each kind of import that is allowed. */
export const soundTree: Tree = {
  ...manifests(),
  'package.json': JSON.stringify({ name: 'house', type: 'module', workspaces, devDependencies: { tester: '1.0.0' } }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'ES2024',
      types: [],
      allowImportingTsExtensions: true,
      noEmit: true,
    },
  }),
  'kernel/src/result.ts': 'export type Result = boolean\n',
  'kernel/src/index.ts': "export type { Result } from './result.ts'\nexport const kernel = 1\n",
  'kernel/src/result.test.ts':
    "import 'tester'\nimport 'node:assert'\nimport type { Result } from './result.ts'\nexport type R = Result\n",
  'contracts/src/index.ts':
    "import 'typebox'\nimport { kernel } from '@glasshouse/kernel'\nexport const contracts = kernel\n",
  'contracts/src/generate.ts':
    "import 'node:fs'\nimport { contracts } from './index.ts'\nexport const generated = contracts\n",
  'client/src/index.ts': "import { contracts } from '@glasshouse/contracts'\nexport const client = contracts\n",
  'platform/src/index.ts':
    "import 'engine'\nimport 'node:net'\nimport { kernel } from '@glasshouse/kernel'\nexport const platform = kernel\n",
  'platform/src/test-postgres.ts':
    "import 'tester'\nimport { platform } from './index.ts'\nexport const testing = platform\n",
  'services/identity/src/index.ts': "import { kernel } from '@glasshouse/kernel'\nexport const identity = kernel\n",
  'services/identity/src/adapters/index.ts': "import 'engine'\nexport const identityAdapters = 1\n",
  'services/chat/src/domain/channel.ts': "import { kernel } from '@glasshouse/kernel'\nexport const channel = kernel\n",
  'services/chat/src/domain/channel.test.ts':
    "import 'tester'\nimport { channel } from './channel.ts'\nexport const c = channel\n",
  'services/chat/src/application/send-message.ts':
    "import { contracts } from '@glasshouse/contracts'\nimport { channel } from '../domain/channel.ts'\nexport const send = [contracts, channel]\n",
  'services/chat/src/application/store.contract.ts':
    "import 'tester'\nimport { send } from './send-message.ts'\nexport const suite = send\n",
  'services/chat/src/adapters/index.ts':
    "import 'engine'\nimport 'node:net'\nimport { platform } from '@glasshouse/platform'\nimport { send } from '../application/send-message.ts'\nexport const adapters = [platform, send]\n",
  'services/chat/src/adapters/store.pg.test.ts':
    "import { testing } from '@glasshouse/platform/testing'\nimport { suite } from '../application/store.contract.ts'\nimport { adapters } from './index.ts'\nexport const t = [testing, suite, adapters]\n",
  'services/chat/src/index.ts': "import { send } from './application/send-message.ts'\nexport const chat = send\n",
  'server/src/main.ts':
    "import 'engine'\nimport 'node:http'\nimport { chat } from '@glasshouse/chat'\nimport { adapters } from '@glasshouse/chat/adapters'\nimport { identity } from '@glasshouse/identity'\nimport { platform } from '@glasshouse/platform'\nexport const main = [chat, adapters, identity, platform]\n",
  'web/src/hooks.ts': "import 'engine'\nimport { client } from '@glasshouse/client'\nexport const hooks = client\n",
  'web/src/app.svelte': '<script lang="ts">import { hooks } from \'./hooks.ts\'\nhooks</script>\n<p>hello</p>\n',
  'bench/src/fan-out/memory-gateway.ts':
    "import { adapters } from '@glasshouse/chat/adapters'\nexport const gateway = adapters\n",
  'bench/src/main.ts':
    "import { client } from '@glasshouse/client'\nimport { testing } from '@glasshouse/platform/testing'\nexport const bench = [client, testing]\n",
  'e2e/src/start-server.ts':
    "import 'node:child_process'\nimport { client } from '@glasshouse/client'\nexport const start = client\n",
}

const use = (specifier: string): string => `import * as planted from '${specifier}'\nexport const use = planted\n`

/** Rule of .dependency-cruiser.cjs -> trees that break it, each alone. Files are added to `soundTree`. */
export const plantedImports: Readonly<Record<string, readonly Tree[]>> = {
  'kernel-imports-nothing': [
    { 'kernel/src/planted.ts': use('node:crypto') },
    { 'kernel/src/planted.ts': use('typebox') },
    { 'kernel/src/planted.ts': use('@glasshouse/platform') },
  ],
  'contracts-import-kernel': [
    { 'contracts/src/planted.ts': use('node:fs') },
    { 'contracts/src/planted.ts': use('engine') },
    { 'contracts/src/planted.ts': use('@glasshouse/chat') },
  ],
  'domain-imports-kernel': [
    { 'services/chat/src/domain/planted.ts': use('node:crypto') },
    { 'services/chat/src/domain/planted.ts': use('engine') },
    { 'services/chat/src/domain/planted.ts': use('@glasshouse/contracts') },
    { 'services/chat/src/domain/planted.ts': use('../application/send-message.ts') },
    { 'services/chat/src/domain/planted.ts': "import type { Server } from 'node:net'\nexport type Planted = Server\n" },
  ],
  'application-imports-inner-layers': [
    { 'services/chat/src/application/planted.ts': use('engine') },
    { 'services/chat/src/application/planted.ts': use('node:fs') },
    { 'services/chat/src/application/planted.ts': use('@glasshouse/platform') },
  ],
  'adapters-import-inner-layers-and-engines': [{ 'services/chat/src/adapters/planted.ts': use('@glasshouse/client') }],
  'service-door-imports-inner-layers': [
    { 'services/chat/src/planted.ts': use('@glasshouse/platform') },
    { 'services/chat/src/planted.ts': use('engine') },
  ],
  'platform-imports-kernel': [
    { 'platform/src/planted.ts': use('@glasshouse/contracts') },
    { 'platform/src/planted.ts': use('@glasshouse/chat') },
    { 'platform/src/planted.test.ts': use('@glasshouse/client') },
  ],
  'service-never-imports-a-service': [
    { 'services/chat/src/application/planted.ts': use('@glasshouse/identity') },
    { 'services/chat/src/adapters/planted.ts': use('@glasshouse/identity') },
    { 'services/chat/src/adapters/planted.test.ts': use('@glasshouse/identity') },
    {
      'services/chat/src/adapters/planted.ts': "export const planted = (): unknown => import('@glasshouse/identity')\n",
    },
    { 'services/chat/src/adapters/planted.ts': "export * from '@glasshouse/identity'\n" },
  ],
  'only-server-imports-adapters': [
    { 'services/chat/src/planted.ts': use('./adapters/index.ts') },
    { 'e2e/src/planted.ts': use('@glasshouse/chat/adapters') },
    { 'bench/src/planted.ts': use('@glasshouse/chat/adapters') },
    { 'bench/src/fan-out/planted.ts': use('@glasshouse/chat/adapters') },
    { 'web/src/planted.ts': use('@glasshouse/chat/adapters') },
  ],
  'nothing-imports-server': [
    { 'e2e/src/planted.test.ts': use('../../server/src/main.ts') },
    { 'web/src/planted.ts': use('../../server/src/main.ts') },
    { 'client/src/planted.ts': use('../../server/src/main.ts') },
  ],
  'client-imports-contracts-and-kernel': [
    { 'client/src/planted.ts': use('node:fs') },
    { 'client/src/planted.ts': use('engine') },
    { 'client/src/planted.ts': use('@glasshouse/platform') },
  ],
  'web-imports-client-contracts-kernel': [
    { 'web/src/planted.ts': use('@glasshouse/chat') },
    { 'web/src/planted.ts': use('@glasshouse/platform') },
    {
      'web/src/planted.svelte':
        '<script lang="ts">import { platform } from \'@glasshouse/platform\'\nplatform</script>\n<p>x</p>\n',
    },
  ],
  'nothing-imports-web': [{ 'server/src/planted.ts': use('../../web/src/hooks.ts') }],
  'product-never-imports-its-harness': [
    { 'server/src/planted.ts': use('../../bench/src/main.ts') },
    { 'platform/src/planted.ts': use('../../e2e/src/start-server.ts') },
  ],
  'packages-are-entered-by-name': [
    { 'contracts/src/planted.ts': use('../../kernel/src/result.ts') },
    { 'services/chat/src/domain/planted.ts': use('../../../../kernel/src/index.ts') },
    { 'e2e/src/planted.ts': use('../../platform/src/index.ts') },
  ],
  'product-never-imports-tests': [
    { 'kernel/src/planted.ts': use('./result.test.ts') },
    { 'services/chat/src/adapters/planted.ts': use('@glasshouse/platform/testing') },
    { 'platform/src/planted.ts': use('./test-postgres.ts') },
  ],
  'no-development-packages-in-product': [
    { 'server/src/planted.ts': use('tester') },
    { 'platform/src/planted.ts': use('tester') },
  ],
  'no-undeclared-packages': [
    { 'server/src/planted.ts': use('stray') },
    { 'services/chat/src/adapters/planted.ts': use('stray') },
  ],
  'no-unresolvable-imports': [
    { 'server/src/planted.ts': use('./missing.ts') },
    { 'kernel/src/planted.ts': use('./missing.ts') },
    { 'services/chat/src/domain/planted.ts': use('no-such-package') },
    { 'platform/src/planted.ts': use('@glasshouse/platform/no-such-door') },
  ],
  'no-cycles': [
    {
      'platform/src/one.ts': "import { two } from './two.ts'\nexport const one = (): number => two()\n",
      'platform/src/two.ts': "import { one } from './one.ts'\nexport const two = (): number => one()\n",
    },
    {
      'kernel/src/one.ts': "import type { Two } from './two.ts'\nexport type One = Two[]\n",
      'kernel/src/two.ts': "import type { One } from './one.ts'\nexport type Two = One[]\n",
    },
  ],
  'no-orphans': [{ 'platform/src/planted.ts': 'export const lonely = 1\n' }],
}

interface PlantedLint {
  readonly rule: string
  readonly title: string
  readonly tree: Tree
  /** The same text where it is allowed: nothing may complain. */
  readonly allowed?: true
}

const config = "export const port = process.env['PORT'] ?? '3000'\n"

/** What dependency-cruiser cannot see, because nothing is imported: settings (rule 9), clock and chance. */
export const plantedLint: readonly PlantedLint[] = [
  { rule: 'node(no-process-env)', title: 'a setting read in platform', tree: { 'platform/src/planted.ts': config } },
  {
    rule: 'node(no-process-env)',
    title: 'a setting read beside the config module',
    tree: { 'server/src/start.ts': config },
  },
  {
    rule: 'node(no-process-env)',
    title: 'a setting read in an adapter',
    tree: { 'services/chat/src/adapters/planted.ts': config },
  },
  {
    rule: 'node(no-process-env)',
    title: 'allowed in server/src/config.ts',
    tree: { 'server/src/config.ts': config },
    allowed: true,
  },
  { rule: 'node(no-process-env)', title: 'allowed in a script', tree: { 'scripts/planted.ts': config }, allowed: true },
  {
    rule: 'eslint(no-restricted-imports)',
    title: 'settings through an import of node:process',
    tree: { 'platform/src/planted.ts': "import { env } from 'node:process'\nexport const port = env['PORT']\n" },
  },
  {
    rule: 'eslint(no-restricted-properties)',
    title: 'a clock in the domain',
    tree: { 'services/chat/src/domain/planted.ts': 'export const now = (): number => Date.now()\n' },
  },
  {
    rule: 'eslint(no-restricted-properties)',
    title: 'chance in the domain',
    tree: { 'services/chat/src/domain/planted.ts': 'export const chance = (): number => Math.random()\n' },
  },
  {
    rule: 'eslint(no-restricted-globals)',
    title: 'random ids in the domain',
    tree: { 'services/chat/src/domain/planted.ts': 'export const id = (): string => crypto.randomUUID()\n' },
  },
  {
    rule: 'eslint(no-restricted-globals)',
    title: 'a timer in the domain',
    tree: {
      'services/chat/src/domain/planted.ts': 'export const later = (f: () => void): unknown => setTimeout(f, 1)\n',
    },
  },
  {
    rule: 'eslint(no-restricted-globals)',
    title: 'Node behind the back of the imports, in the kernel',
    tree: { 'kernel/src/planted.ts': "export const fs = (): unknown => process.getBuiltinModule('node:fs')\n" },
  },
  {
    rule: 'eslint(no-restricted-globals)',
    title: "Node's Buffer in the SDK",
    tree: { 'client/src/planted.ts': "export const bytes = (): unknown => Buffer.from('x')\n" },
  },
  {
    rule: 'typescript(no-explicit-any)',
    title: 'any',
    tree: { 'platform/src/planted.ts': 'export const planted = (value: any): string => String(value)\n' },
  },
  {
    rule: 'typescript(no-floating-promises)',
    title: 'a promise that nobody waits for',
    tree: {
      'platform/src/planted.ts':
        'const work = (): Promise<void> => Promise.resolve()\nexport function planted(): void {\n  work()\n}\n',
    },
  },
  {
    rule: 'typescript(switch-exhaustiveness-check)',
    title: 'a switch that forgets a case',
    tree: {
      'platform/src/planted.ts':
        "export function planted(state: 'on' | 'off'): number {\n  switch (state) {\n    case 'on':\n      return 1\n  }\n  return 0\n}\n",
    },
  },
  {
    rule: 'import(no-cycle)',
    title: 'a cycle of imports',
    tree: {
      'platform/src/one.ts': "import { two } from './two.ts'\nexport const one = (): number => two()\n",
      'platform/src/two.ts': "import { one } from './one.ts'\nexport const two = (): number => one()\n",
    },
  },
]
