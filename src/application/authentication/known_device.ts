import type { RequestInfo } from '../../kernel/request_info.ts';
import { toSeconds } from '../../kernel/clock.ts';
import type { KnownDevice } from '../../limits/device.ts';
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

/**
 * Returns the device of a request if the account's user signed in there since the trust in its devices last ended; null
 * otherwise. The account is under its lock.
 */
export function trustedDevice(
  { devices }: Pick<Services, 'devices'>,
  { device: shown }: Pick<RequestInfo, 'device'>,
  { username, deviceEpoch }: Pick<User, 'username' | 'deviceEpoch'>,
): KnownDevice | null {
  const device = shown ? devices.read(shown, username) : null;
  return device?.epoch === deviceEpoch ? device : null;
}

/** Returns whether the device of a request may skip the second factor of an account now. */
export function maySkipSecondFactor(
  services: Pick<Services, 'devices' | 'clock'>,
  request: Pick<RequestInfo, 'device'>,
  user: Pick<User, 'username' | 'deviceEpoch'>,
): boolean {
  const device = trustedDevice(services, request, user);
  return device !== null && device.rememberedUntil > toSeconds(services.clock());
}

/** The sign-in that a device token is issued after. */
export interface DeviceSignIn {
  readonly request: Pick<RequestInfo, 'device'>;
  /** True if it had two factors. */
  readonly isComplete: boolean;
}

/**
 * Returns the token that recognises the device later. It remembers a complete sign-in for `REMEMBER_DEVICE_DAYS`. A
 * device that is remembered keeps its token after a sign-in that skipped the second factor: the days go on, not anew.
 */
export function deviceTokenOf(
  services: Pick<Services, 'devices' | 'settings' | 'clock'>,
  user: Pick<User, 'username' | 'deviceEpoch'>,
  { request, isComplete }: DeviceSignIn,
): string {
  const { devices, settings, clock } = services;
  if (!isComplete && request.device && maySkipSecondFactor(services, request, user)) return request.device;
  const { rememberSeconds } = settings.factors;
  const isRemembered = isComplete && rememberSeconds > 0;
  return devices.issue(user.username, user.deviceEpoch, isRemembered ? toSeconds(clock()) + rememberSeconds : 0);
}
