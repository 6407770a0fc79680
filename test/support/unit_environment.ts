import childProcess from 'node:child_process';
import net from 'node:net';
import { TestEnvironment } from 'jest-environment-node';

/** Functions of Node's modules that open a port, connect to a server or start a process. */
const WAYS: readonly (readonly [owner: object, name: string])[] = [
  [net.Server.prototype, 'listen'],
  [net.Socket.prototype, 'connect'],
  [childProcess.ChildProcess.prototype, 'spawn'],
  [childProcess, 'spawnSync'],
  [childProcess, 'execSync'],
  [childProcess, 'execFileSync'],
];

/** Keeps the unit lane quick: a test that opens a port, connects to a server or starts a process fails. */
export default class UnitEnvironment extends TestEnvironment {
  readonly #restore: (() => void)[] = [];

  override async setup(): Promise<void> {
    await super.setup();
    for (const [owner, name] of WAYS) {
      const original = Object.getOwnPropertyDescriptor(owner, name)!;
      const refuse = () => {
        throw new Error(`A unit test cannot use ${name}(). Move the file to a folder of another lane: jest.config.js.`);
      };
      Object.defineProperty(owner, name, { ...original, value: refuse });
      this.#restore.push(() => Object.defineProperty(owner, name, original));
    }
  }

  /** Restores the functions, because the process also runs files of other lanes. */
  override async teardown(): Promise<void> {
    for (const restore of this.#restore.splice(0)) restore();
    await super.teardown();
  }
}
