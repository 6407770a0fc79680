import type { RequestInfo } from '../../kernel/request_info.ts';
import { findUser } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from '../foundation/services.ts';

/**
 * The id of the device that a request comes from, if the account's owner signed in there before and nothing has ended
 * that trust: a changed password, a stolen token. Throws SERVICE_UNAVAILABLE.
 */
export async function knownDevice(
  { devices, database }: Pick<Services, 'devices' | 'database'>,
  username: string,
  { device: shown }: RequestInfo,
): Promise<string | undefined> {
  const device = shown ? devices.read(shown, username) : null;
  if (!device) return undefined;
  const user = await database.run((db) => findUser(db, username));
  return user?.deviceEpoch === device.epoch ? device.id : undefined;
}

/** Ends the trust in every device of an account. */
export function distrustDevices(user: User): void {
  user.deviceEpoch += 1;
}
