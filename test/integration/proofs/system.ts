import { randomBytes } from 'node:crypto';
import { createProofs, type Proofs } from '../../../src/proofs/proofs.ts';
import { purgeProofs } from '../../../src/proofs/purge.ts';
import { type Database, type Db, query } from '../../../src/store/database/database.ts';
import { createDatabaseTime } from '../../../src/store/database/database_time.ts';
import { createUser } from '../../../src/users/users.ts';
import type { Stores } from '../../support/instance.ts';
import { openStores, SECRET } from '../../support/open_stores.ts';

/** The fate of the process of a change. A dead one is replaced by a new process. */
export type Fate = 'lives' | 'dies before the commit' | 'dies after the commit';

/** Two replicas of the proofs over one pair of stores, with a clock that the tests move. */
export interface ProofSystem {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly users: readonly string[];
  /** Begins a run with other accounts. */
  newUsers(): Promise<void>;
  /** Runs a change in one transaction of a replica; null if the process died, whatever became of the change. */
  change<T>(replica: number, work: (proofs: Proofs, db: Db) => Promise<T>, fate?: Fate): Promise<{ result: T } | null>;
  read<T>(replica: number, work: (proofs: Proofs, db: Db) => Promise<T>): Promise<T>;
  elapse(milliseconds: number): Promise<void>;
  purge(): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

class ProcessDied extends Error {}

export async function openProofSystem(stores: Stores): Promise<ProofSystem> {
  let now = Math.floor(Date.now() / 1000) * 1000;
  let users: string[] = [];
  const time = createDatabaseTime(() => now);
  const open = await openStores(stores, () => now);
  const databases = [open.database, (await open.again()).database] as const;
  const started = () => createProofs([SECRET], time);
  const replicas = databases.map((database) => ({ database, proofs: started() }));
  const replica = (at: number) => replicas[at % replicas.length]!;

  return {
    get now() {
      return now;
    },
    get users() {
      return users;
    },
    async newUsers() {
      users = await databases[0].transaction(async (db) => {
        const made: string[] = [];
        for (let n = 0; n < 2; n += 1) {
          const username = `model.${randomBytes(8).toString('hex')}`;
          const profile = { username, email: `${username}@example.com`, fullName: null, role: 'user' };
          made.push((await createUser(db, { ...profile, passwordHash: 'none' }, new Date(now))).id);
        }
        return made;
      });
    },

    async change(at, work, fate = 'lives') {
      const running = replica(at);
      const { database, proofs } = running;
      if (fate === 'lives') return { result: await database.transaction((db) => work(proofs, db)) };
      if (fate === 'dies after the commit') await database.transaction((db) => work(proofs, db));
      else await dyingBeforeCommit(database, replica(at + 1).database, (db) => work(proofs, db));
      running.proofs = started();
      return null;
    },
    read: (at, work) => replica(at).database.run((db) => work(replica(at).proofs, db)),

    async elapse(milliseconds) {
      now += milliseconds;
      await open.age(milliseconds);
    },
    purge: () => databases[0].transaction(async (db) => void (await purgeProofs(db, new Date(now)))),
    flush: async () => void (await open.emptied()),
    close: open.close,
  };
}

/**
 * Runs a change whose process is killed after the last statement. PostgreSQL ends the connection then, as it does when
 * the socket of a killed process closes; the embedded database has no other process, so that its transaction is undone.
 */
async function dyingBeforeCommit(database: Database, other: Database, work: (db: Db) => Promise<unknown>) {
  const isServer = database.kind === 'postgresql';
  await database
    .transaction(async (db) => {
      await work(db);
      await db.flush();
      if (!isServer) throw new ProcessDied();
      const [backend] = await query<{ pid: number }>(db, 'select pg_backend_pid() as pid');
      await other.run((observer) => query(observer, 'select pg_terminate_backend(?, 5000)', [backend!.pid]));
    })
    .then(
      () => {
        throw new Error('the change of a killed process was committed');
      },
      (error: unknown) => {
        if (!isServer && !(error instanceof ProcessDied)) throw error;
      },
    );
}
