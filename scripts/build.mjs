// Builds dist/: bundles for the commands (fast start) and plain files with types for those who import the package.

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const esbuild = await import('esbuild');
const started = performance.now();
rmSync('dist', { recursive: true, force: true });

// Native or with files of their own beside them: these stay in node_modules.
const external = ['libsql', 'manifold-3d', 'gltf-validator', '@fastify/swagger-ui'];
/** zod names its messages in fifty languages, half of the server's code; ours are English. */
const englishOnly = {
  name: 'english-only',
  setup(build) {
    build.onResolve({ filter: /locales\/index\.(c?js)$/ }, ({ importer, resolveDir }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path: resolveDir, namespace: 'zod-locales' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'zod-locales' }, ({ path }) => ({
      contents: "export { default as en } from 'zod/v4/locales/en.js';",
      resolveDir: path,
    }));
  },
};

/** Fastify brings two compilers of schemas, a third of the server's code; the server gives it zod's instead. */
const ownCompilers = {
  name: 'own-compilers',
  setup(build) {
    build.onResolve({ filter: /^@fastify\/(ajv|fast-json-stringify)-compiler$/ }, ({ path }) => ({
      path,
      namespace: 'no-compiler',
    }));
    build.onLoad({ filter: /.*/, namespace: 'no-compiler' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error('${path} is not part of this build'); };
        module.exports.StandaloneSerializer = module.exports.StandaloneValidator = module.exports;`,
    }));
  },
};

const result = await esbuild.build({
  entryPoints: [
    'src/cli/hive.ts',
    'src/cli/hive-control.ts',
    'src/store/sqlite/sqlite-thread.ts',
    'src/worker/sandbox/warm-child.ts',
  ],
  // Every entry and chunk lies in one folder, so a file finds its neighbour entry by the same relative name as in src/.
  entryNames: '[name]',
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external,
  plugins: [englishOnly, ownCompilers],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
  metafile: true,
});
for (const file of ['dist/bin/hive.js', 'dist/bin/hive-control.js']) {
  writeFileSync(file, `#!/usr/bin/env node\n${readFileSync(file, 'utf8')}`);
  chmodSync(file, 0o755);
}

const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.error(
  `built dist/ (${(bytes / 2 ** 20).toFixed(1)} MiB of bundles) in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);
