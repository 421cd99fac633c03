// Not oxlint.config.ts, the name that oxlint finds by itself, because Node 20 cannot load it.
import { defineConfig } from 'oxlint';

// The rooms of src, in order. A file imports from its own room or an earlier one; load and interop are side by side.
const rooms = ['step', 'conv', 'kernels', 'gpu', 'tensor', 'tune', 'ops', 'graph', 'load', 'interop', 'index'];

const importsFromEarlierRooms = rooms.map((room, i) => {
  const later = room === 'interop' ? ['load', 'index'] : rooms.slice(i + 1);
  const regex = room === 'step' ? '^\\.' : `^(\\.\\./)+(${[...later, 'test', 'demo'].join('|')})\\b`;
  return {
    files: [`src/${room}.ts`, `src/${room}/**`],
    rules: noImport(regex, 'a room imports only from earlier rooms'),
  };
});

function noImport(regex, message) {
  return { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] };
}

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import'],
  // In GPU code the promise that nobody awaits (mapAsync, popErrorScope) is the bug, and only the type checker finds it.
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    'eslint/eqeqeq': 'error',
    'eslint/no-eval': 'error',
    'eslint/no-new-func': 'error',
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-misused-promises': 'error',

    // A GPU's work is ordered: warm up, then time; write, then read. Awaiting in a loop is what is meant.
    'eslint/no-await-in-loop': 'off',
    // `puppeteer.launch` is how its documentation writes it.
    'import/no-named-as-default-member': 'off',
    // Spreading a handful of objects once costs nothing that anyone will measure.
    'oxc/no-map-spread': 'off',
    // The compiler's noImplicitReturns knows which switches are exhaustive; this rule does not.
    'typescript/consistent-return': 'off',
    // A caller may not use TypeScript and a browser may lack what lib.dom promises, so values are checked all the same.
    'typescript/no-unnecessary-boolean-literal-compare': 'off',
    'typescript/no-unnecessary-type-conversion': 'off',
    // `as` says what a parser or a regular expression has just made sure of; `any` stays forbidden.
    'typescript/no-unsafe-type-assertion': 'off',
    // A small function beside its only use is easier to read than one hoisted out of sight.
    'unicorn/consistent-function-scoping': 'off',
  },
  overrides: [
    ...importsFromEarlierRooms,
    // The demo and the benchmark see what a user sees.
    { files: ['demo/**'], rules: noImport('^(\\.\\./)+src/(step|.+/)', 'import from src/index, as a user does') },
    // Of this plugin for what it says of tests that are left out; it does not know a helper such as `refuses(...)`.
    {
      files: ['test/**'],
      plugins: ['vitest'],
      rules: {
        'vitest/no-disabled-tests': 'error',
        'vitest/no-focused-tests': 'error',
        'vitest/expect-expect': 'off',
        'vitest/no-standalone-expect': 'off',
        'vitest/require-mock-type-parameters': 'off',
        'vitest/require-to-throw-message': 'off',
        'vitest/valid-expect': 'off',
        'vitest/valid-title': 'off',
      },
    },
    // A backend of TensorFlow.js is imported for what it registers.
    // A stylesheet has nothing to assign.
    { files: ['examples/**', 'test/browser/demo-explain.test.ts'], rules: { 'import/no-unassigned-import': 'off' } },
    { files: ['*.config.*', '.size-limit.mjs'], rules: { 'import/no-default-export': 'off' } },
  ],
});
