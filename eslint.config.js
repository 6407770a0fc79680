import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'src/require_node.cjs',
      '**/dist/',
      '.data/',
      '.ci/',
      'schema/documents.ts',
      'web/console/**/documents.ts',
      'packages/client/src/operations.ts',
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'jest.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      // Parts are plain objects made by factories: their functions know no `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/only-throw-error': 'error',
    },
  },
  {
    // The environment is read in one place, so that every fault of it is found at the start; a build hands its own on.
    files: ['{src,packages}/**/*.ts'],
    ignores: ['src/config/config.ts', 'scripts/build.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env' }] },
  },
  {
    // More is one object. type-graphql's resolvers take one decorated parameter per argument and injected value.
    files: ['{src,packages}/**/*.ts'],
    ignores: ['src/graphql/resolvers/**/*.resolver.ts'],
    rules: { '@typescript-eslint/max-params': ['error', { max: 3 }] },
  },
  {
    // An answer's shape is what tests are about: they read it untyped.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
  {
    // A fixed wait is too short on a slow machine and too long on a fast one.
    files: ['test/**/*.ts'],
    ignores: ['test/support/until.ts', 'test/support/real_time.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        ...['node:timers/promises', 'timers/promises'].map((name) => ({
          name,
          message: 'Wait for a condition (test/support/until.ts), or use test/support/real_time.ts with a reason.',
        })),
      ],
      'no-restricted-syntax': [
        'error',
        ...[
          'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"]',
          'CallExpression[callee.property.name="waitForTimeout"]',
        ].map((selector) => ({
          selector,
          message: 'Wait for a condition (test/support/until.ts), or use test/support/real_time.ts with a reason.',
        })),
      ],
    },
  },
  { files: ['eslint.config.js', 'jest.config.js'], ...tseslint.configs.disableTypeChecked },
);
