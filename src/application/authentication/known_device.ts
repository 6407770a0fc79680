import type { RequestInfo } from '../../kernel/request_info.ts';
import { toSeconds } from '../../kernel/clock.ts';
import { findUser } from '../../users/users.ts';
import type { User } from '../../users/user.entity.ts';
import type { Services } from '../foundation/services.ts';

/**
 * Returns the id of the request's device if the user of the account signed in there before. A changed password or a
 * stolen token ends the trust in devices; the result is then undefined.
 * @throws SERVICE_UNAVAILABLE
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

/** Returns the token that recognises the device later. It remembers a complete sign-in for `REMEMBER_DEVICE_DAYS`. */
export function deviceTokenOf(
  { devices, settings, clock }: Pick<Services, 'devices' | 'settings' | 'clock'>,
  { username, deviceEpoch }: Pick<User, 'username' | 'deviceEpoch'>,
  { isComplete }: { readonly isComplete: boolean },
): string {
  const { rememberSeconds } = settings.factors;
  const isRemembered = isComplete && rememberSeconds > 0;
  return devices.issue(username, deviceEpoch, isRemembered ? toSeconds(clock()) + rememberSeconds : 0);
}
