import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Loads the built server and its libraries outside of jest's modules: once per worker process instead of once per file.
 * A file that replaces something inside the server is marked `@jest-environment node`.
 */
export default class ServerEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.global['loadOnce'] = createRequire(resolve('dist/main.js'));
  }
}
