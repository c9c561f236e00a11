/**
 * The layers of the house as rules. Each rule has a planted violation in scripts/boundaries.test.ts, which proves that it fires;
 * a rule without one fails that test.
 *
 * Paths are those of the real files: `@glasshouse/chat` is followed through the workspace link and the package's `exports`
 * to services/chat/src/index.ts, so a rule sees the same path whether a file was imported by name or by a relative path.
 */

/** Test files and contract suites may use test tools, Node and their own service's adapters; walls between services hold for them too. */
const test = '\\.(test|contract)\\.ts$'
/** What serves tests only: not part of the product, so it may use what tests use. */
const testSupport = `${test}|^platform/src/test-postgres[^/]*\\.ts$|^server/src/testing/`
const npm = '(^|/)node_modules/'

/**
 * Whatever is none of the given folders: other workspaces, npm packages and Node's own modules alike. An import that leads nowhere
 * is left to the rule about those.
 */
const anythingBut = (...allowed) => ({ pathNot: allowed, couldNotResolve: false })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'kernel-imports-nothing',
      comment:
        'Rule 1. The kernel runs anywhere, the browser included: no npm package, no `node:` module, no other workspace.',
      severity: 'error',
      from: { path: '^kernel/', pathNot: testSupport },
      to: anythingBut('^kernel/'),
    },
    {
      name: 'contracts-import-kernel',
      comment:
        'Rule 1. Contracts are kernel types and TypeBox schemas. Only the generator, a program that nothing imports, may use Node.',
      severity: 'error',
      from: { path: '^contracts/', pathNot: [testSupport, '^contracts/src/generate\\.ts$'] },
      to: anythingBut('^contracts/', '^kernel/', '(^|/)node_modules/typebox/'),
    },
    {
      name: 'domain-imports-kernel',
      comment:
        'Rule 2. The domain is pure: its own files and the kernel. No npm package, no `node:` module, no outer layer.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: testSupport },
      to: anythingBut('^services/$1/src/domain/', '^kernel/'),
    },
    {
      name: 'application-imports-inner-layers',
      comment: 'Rule 3. Use cases know their own domain, the kernel and the contracts. Everything else is a port.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/application/', pathNot: testSupport },
      to: anythingBut('^services/$1/src/(application|domain)/', '^kernel/', '^contracts/', '^services/(?!$1/)'),
    },
    {
      name: 'adapters-import-inner-layers-and-engines',
      comment:
        'Rule 4. Adapters know their own service, contracts, platform and kernel (and npm and Node): never the SDK or the web app.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/adapters/', pathNot: testSupport },
      to: { path: '^(client)/' },
    },
    {
      name: 'service-door-imports-inner-layers',
      comment: "Rule 4. A service's src/index.ts hands out use cases over ports; engines come in from outside.",
      severity: 'error',
      from: { path: '^services/([^/]+)/src/[^/]+\\.ts$', pathNot: testSupport },
      to: anythingBut(
        '^services/$1/src/[^/]+\\.ts$',
        '^services/$1/src/(application|domain|adapters)/',
        '^kernel/',
        '^contracts/',
        '^services/(?!$1/)',
      ),
    },
    {
      name: 'platform-imports-kernel',
      comment:
        'Rule 5. Platform wires engines and knows no product noun: of the workspaces it may see the kernel only.',
      severity: 'error',
      from: { path: '^platform/' },
      to: { path: '^(contracts|client|services)/' },
    },
    {
      name: 'service-never-imports-a-service',
      comment: 'Rule 6. What a service needs of another is a port of its own, wired in server. Holds for tests too.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'only-server-imports-adapters',
      comment:
        "Rule 7. Adapters are chosen in the composition root. A service's own tests may use its own adapters. " +
        'One program of the benchmarks is a composition root too: the live hub over streams in memory, to measure fan-out alone.',
      severity: 'error',
      from: {
        path: '^(?!server/)',
        pathNot: [
          '^services/[^/]+/src/adapters/',
          '^services/[^/]+/.*\\.(test|contract)\\.ts$',
          '^bench/src/fan-out/memory-gateway\\.ts$',
        ],
      },
      to: { path: '^services/[^/]+/src/adapters/' },
    },
    {
      name: 'nothing-imports-server',
      comment:
        'Rule 7. The server is the root of the tree: programs start it, nothing imports it. The exports that its tests write by hand are lent to the tests of the whole.',
      severity: 'error',
      from: { path: '^(?!server/)' },
      to: { path: '^server/', pathNot: '^server/src/slack-import/testing/(hand-made|generated)-export\\.ts$' },
    },
    {
      name: 'client-imports-contracts-and-kernel',
      comment: 'Rule 8. The SDK runs in a browser and in Node alike: contracts and kernel, nothing else.',
      severity: 'error',
      from: { path: '^client/', pathNot: testSupport },
      to: anythingBut('^client/', '^contracts/', '^kernel/', '^server/', '^web/'),
    },
    {
      name: 'web-imports-client-contracts-kernel',
      comment:
        'Rule 8. The web app speaks to Glasshouse through the SDK and the contracts, as every other client does. ' +
        'One test compares what the page shows as a link with what the server holds as one.',
      severity: 'error',
      from: { path: '^web/', pathNot: '^web/src/lib/message-links\\.test\\.ts$' },
      to: { path: '^(services/[^/]+/src/(?!adapters/)|platform/)' },
    },
    {
      name: 'nothing-imports-web',
      comment:
        'Rule 8. The web app is built; the server loads the built handler by its address and hands it on as a port.',
      severity: 'error',
      from: { path: '^(?!web/)' },
      to: { path: '^web/' },
    },
    {
      name: 'product-never-imports-its-harness',
      comment: 'Benchmarks and whole-system tests look at the product from outside.',
      severity: 'error',
      from: { path: '^(kernel|contracts|client|services|platform|server|web)/' },
      to: { path: '^(bench|e2e|scripts)/' },
    },
    {
      name: 'packages-are-entered-by-name',
      comment:
        "A package's exports are its doors (a service's src/index.ts is the only one besides its adapters): " +
        'a relative path into another package goes around them.',
      severity: 'error',
      from: { path: '^(services/[^/]+|kernel|contracts|client|platform|bench|e2e)/' },
      to: {
        path: '^(services/[^/]+|kernel|contracts|client|platform)/',
        pathNot: '^$1/',
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'product-never-imports-tests',
      comment:
        'What serves tests only (their files, contract suites, the test database) stays out of the running product.',
      severity: 'error',
      from: { path: '^(kernel|contracts|client|services|platform|server|web)/', pathNot: testSupport },
      to: { path: testSupport },
    },
    {
      name: 'no-development-packages-in-product',
      comment:
        'The product may import a package only when it is among the `dependencies`: `npm ci --omit=dev` must leave it whole.',
      severity: 'error',
      from: { path: '^(platform|server|web|services/[^/]+/src/adapters)/', pathNot: [testSupport, '^web/[^/]+$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-packages',
      comment:
        'A package that works only because another workspace installed it breaks with the next install: declare it.',
      severity: 'error',
      from: { path: '^(services/[^/]+/src/adapters|platform|server|bench|e2e|scripts)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable-imports',
      comment:
        'The imported file or package is not there. (In web, SvelteKit makes up modules as it builds; svelte-check looks there.)',
      severity: 'error',
      from: { pathNot: '^web/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one file, or there is a third one missing between them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing: it is dead, or it waits for its first user.',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(client|contracts|kernel|services/[^/]+|platform|server)/src/',
        // Types of a package that has none are for the compiler.
        pathNot: `${testSupport}|\\.d\\.ts$`,
      },
      to: {},
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    doNotFollow: { path: npm },
    exclude: { path: '(^|/)(\\.svelte-kit|build|contestants|generated)/' },
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
}
