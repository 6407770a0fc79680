import type { Config } from '../../config/config.ts';
import { type Finding, type Look, reasonOf } from './finding.ts';

const check = 'breached';
const needs = ['BREACHED_PASSWORDS'];

/** Checks that the file of breached passwords can be used, and that the range service responds in time. */
export function lookAtBreached({ breachedPasswords }: Pick<Config, 'breachedPasswords'>): Look[] {
  const { service, file } = breachedPasswords ?? {};
  return [
    ...(service === undefined ? [] : [{ check, needs, run: async () => [await askService(service)] }]),
    ...(file === undefined ? [] : [{ check, needs, run: async () => [await openFile(file)] }]),
  ];
}

async function askService(address: string): Promise<Finding> {
  const { createRangeService } = await import('../../credentials/password/breached/range_service.ts');
  const service = createRangeService(address);
  try {
    // A made-up digest: no password is looked up.
    await service.has(Buffer.alloc(20));
    return { check, state: 'ok', says: 'the range service responds' };
  } catch (error) {
    const todo = 'Correct its address in BREACHED_PASSWORDS, or add a file for its outages: ADDRESS,FILE.';
    return { check, state: 'warn', says: reasonOf(error), todo };
  } finally {
    await service.close();
  }
}

async function openFile(path: string): Promise<Finding> {
  const { openBreachedFile } = await import('../../credentials/password/breached/breached_file.ts');
  try {
    const file = await openBreachedFile(path);
    await file.close();
    return { check, state: 'ok', says: `the file has ${file.entries} passwords` };
  } catch (error) {
    const todo = 'Build it with "passwords breached build". The server does not start without it.';
    return { check, state: 'fail', says: `the file ${reasonOf(error)}`, todo };
  }
}
