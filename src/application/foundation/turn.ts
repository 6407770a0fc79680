import type { RequestInfo } from '../../kernel/request_info.ts';
import { digestText } from '../../kernel/secret.ts';
import { networksOf } from '../../limits/client_address.ts';
import type { Turn } from '../../credentials/password/hashing_queue.ts';

/**
 * The place of a request's hash in the queue: by its network first, so that accounts are worth nothing to one who floods,
 * then by the account. Threat: where known and unknown names stood apart, a full queue would tell them from each other.
 * @param account the name as typed, known or not; of an admin's change the admin's own
 */
export function turnOf({ address, signal }: RequestInfo, account: string): Turn {
  return { flow: [...networksOf(address), digestText(account.toLowerCase())], gone: signal };
}
