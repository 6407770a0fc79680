import type { RequestInfo } from '../../kernel/request_info.ts';
import { digestText } from '../../kernel/secret.ts';
import { networksOf } from '../../limits/client_address.ts';
import type { Turn } from '../../credentials/password/hashing_queue.ts';

/**
 * Returns the place of a request's hash in the queue: by its network first, then by the account. Threat: many account
 * names must not help a flood from one network. A full queue must not reveal which names exist, so unknown names queue
 * alike.
 * @param account the name as typed, known or not; for a change by an admin the name of the admin
 */
export function turnOf({ address, signal }: RequestInfo, account: string): Turn {
  return { flow: [...networksOf(address), digestText(account.toLowerCase())], signal };
}
