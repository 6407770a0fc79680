import { availableParallelism } from 'node:os';

/** The folders of each lane that needs more than the sources. Every other folder of `test/` holds unit tests. */
export const LANES = {
  server: ['e2e', 'integration', 'attacks', 'conformance'],
  process: ['process', 'faults', 'deploy'],
  browser: ['browser'],
};

/** How every lane runs a file. */
export const MODULES = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
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
};

const unit = {
  ...MODULES,
  displayName: 'unit',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: Object.values(LANES)
    .flat()
    .map((folder) => `<rootDir>/test/${folder}/`),
  testEnvironment: '<rootDir>/test/support/unit_environment.ts',
  moduleNameMapper: {
    ...MODULES.moduleNameMapper,
    '^(\\.\\./)+dist/|^@electric-sql/pglite$|^playwright-core$': '<rootDir>/test/support/refused_in_unit_tests.ts',
  },
};

const others = Object.entries(LANES).map(([displayName, folders]) => ({
  ...MODULES,
  displayName,
  testEnvironment: '<rootDir>/test/support/server_environment.ts',
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  globalSetup: '<rootDir>/test/support/global_setup.ts',
  globalTeardown: '<rootDir>/test/support/global_teardown.ts',
}));

export default {
  projects: [unit, ...others],
  reporters: ['default', '<rootDir>/test/support/reporter.ts'],
  // Jest takes it from here alone, and not from a project.
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/support/sequencer.ts',
  // Most tests wait: for processes, browsers and stores.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  workerIdleMemoryLimit: '700MB',
};
