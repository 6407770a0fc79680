import { availableParallelism } from 'node:os';

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '^gatehouse-(client|subgraph)$': '<rootDir>/packages/$1/src/index.ts',
    '^gatehouse-(client|subgraph)/(.+)$': '<rootDir>/packages/$1/src/$2.ts',
  },
  globalSetup: '<rootDir>/test/support/global_setup.ts',
  globalTeardown: '<rootDir>/test/support/global_teardown.ts',
  reporters: ['default', '<rootDir>/test/support/reporter.ts'],
  testSequencer: '<rootDir>/test/support/sequencer.ts',
  // Most tests wait: for processes, browsers and stores.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  workerIdleMemoryLimit: '700MB',
  testTimeout: 30_000,
};
