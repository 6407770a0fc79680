import { verify } from 'argon2';
import { repeat } from '../support/rounds.ts';

/** The parent's order: the number of simultaneous verifications, and the duration. */
export interface Order {
  readonly hash: string;
  readonly password: string;
  readonly clients: number;
  readonly ms: number;
}

/** Measures only the price of a password: no HTTP, no database. `UV_THREADPOOL_SIZE` sets how many run at once. */
process.on('message', ({ hash, password, clients, ms }: Order) => {
  void repeat(clients, ms, () => verify(hash, password)).then((tally) => process.send!(tally));
});
process.on('disconnect', () => process.exit(0));
