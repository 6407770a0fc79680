import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../kernel/log.ts';
import { Refusal } from '../kernel/errors.ts';
import type { Database } from '../store/database/database.ts';
import type { DatabaseTime } from '../store/database/database_time.ts';
import {
  claimMail,
  type ClaimedMail,
  endUnconfirmed,
  LEASE_SECONDS,
  type MailSettlement,
  markHanded,
  renewLeases,
  settleMail,
} from './claim.ts';
import type { MailAddress } from './mail_from.ts';
import { buildMessage } from './message.ts';
import type { MailMetrics } from './metrics.ts';
import type { MailPayloads } from './payload.ts';
import type { RenderMail } from './templates/render.ts';
import { MailFault, type MailTransport } from './transport.ts';

export interface MailSenderParts {
  readonly database: Pick<Database, 'run' | 'transaction'>;
  /** The clock of the outbox. */
  readonly time: DatabaseTime;
  readonly payloads: MailPayloads;
  readonly render: RenderMail;
  readonly from: MailAddress;
  readonly transport: MailTransport;
  readonly metrics: MailMetrics;
  readonly log: Log;
}

/** Sends the mails of the outbox. */
export interface MailSender {
  /** Sends due mails now, if there are any. Never throws. */
  nudge(): void;
  /** Sends due mails until none is left, or the mail server is away. @throws SERVICE_UNAVAILABLE */
  drain(): Promise<void>;
  /** Gives up the deliveries that can be given up, and waits a little for the others. */
  stop(): Promise<void>;
}

/** The most mails that a replica sends at once. */
const LANES = 4;
/** Attempts within about two days. */
const MOST_ATTEMPTS = 56;
const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 3_600;
/** Milliseconds to wait for the last answers when the server stops. */
const STOP_MS = 5_000;
/** Milliseconds between two tries to record an outcome while the database is away. */
const RECORD_MS = 1_000;

/** Creates the sender of a replica. Any number of replicas send from one outbox. */
export function createMailSender(parts: MailSenderParts): MailSender {
  const { database, time, payloads, render, from, transport, metrics, log } = parts;
  const stopping = new AbortController();
  const lanes = new Set<Promise<void>>();
  /** True while the mail server is away: no lane takes another mail. */
  let isAway = false;
  /** The mails that are being sent, by their leases. */
  const sending = new Map<string, AbortController>();
  const heartbeat = setInterval(() => void beat().catch(() => undefined), (LEASE_SECONDS / 3) * 1000).unref();

  /** Keeps the leases. A mail whose lease is lost belongs to another replica. */
  async function beat(): Promise<void> {
    if (sending.size === 0) return;
    const leases = [...sending.keys()];
    const held = await database.run((db) => renewLeases(db, leases, time));
    for (const lease of leases) if (!held.includes(lease)) sending.get(lease)?.abort();
  }

  /** Starts to send in one more lane, if one is free. A lane that finds a mail starts the next one. */
  function grow(): Promise<void> {
    if (stopping.signal.aborted || isAway || lanes.size >= LANES) return Promise.resolve();
    const lane = run().finally(() => lanes.delete(lane));
    lanes.add(lane);
    return lane;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted && !isAway) {
      const claim = await database.transaction((db) => claimMail(db, time));
      if (claim === null) return;
      if (typeof claim === 'string') {
        metrics.ended(claim === 'limited' ? 'limited' : 'failed');
        continue;
      }
      grow().catch(logAway);
      await send(claim);
    }
  }

  async function send(mail: ClaimedMail): Promise<void> {
    const given = new AbortController();
    sending.set(mail.lease, given);
    try {
      await deliver(mail, AbortSignal.any([given.signal, stopping.signal]));
      await record(mail, { outcome: 'sent' });
      metrics.delivered(Math.max(0, (Date.now() - mail.createdAt.getTime()) / 1000));
      log.info({ mail: mail.id, template: mail.template }, 'sent a mail');
    } catch (error) {
      const fault = error instanceof MailFault ? error : new MailFault('permanent', (error as Error).message, error);
      if (fault.kind === 'server') isAway = true;
      await record(mail, settlementOf(fault, mail));
    } finally {
      sending.delete(mail.lease);
    }
  }

  async function deliver(mail: ClaimedMail, given: AbortSignal): Promise<void> {
    const { to, content } = payloads.open(mail.id, mail.payload);
    const message = await buildMessage({ row: mail, from, to, mail: render(content) });
    await transport.deliver(message, {
      stopping: given,
      handOver: (end) =>
        database.transaction(async (db) => {
          if (!(await markHanded(db, mail, time))) throw new MailFault('stopped', 'another replica sends it');
          // The end and the commit leave this process in the same moment. Threat: a mail that a killed replica handed
          // over would be sent again.
          await end();
        }),
    });
  }

  function settlementOf(fault: MailFault, { id, template, attempts }: ClaimedMail): MailSettlement {
    if (fault.kind === 'stopped') return { outcome: 'postponed', error: fault.message, attempts, seconds: 0 };
    const failed = attempts + 1;
    if (fault.kind === 'permanent' || failed >= MOST_ATTEMPTS) {
      log.error({ mail: id, template, reason: fault.message }, 'gave up a mail. See "mail list" and "mail retry"');
      return { outcome: 'failed', error: fault.message };
    }
    const seconds = pauseAfter(failed);
    log.warn({ mail: id, template, reason: fault.message, seconds }, 'cannot send a mail, and will try again');
    return { outcome: 'postponed', error: fault.message, attempts: failed, seconds };
  }

  /** Records an outcome. The mail was sent or not, so that this is tried for as long as the process runs. */
  async function record(mail: ClaimedMail, settlement: MailSettlement): Promise<void> {
    for (;;) {
      try {
        await database.transaction((db) => settleMail(db, mail, { ...settlement, time }));
        metrics.ended(settlement.outcome);
        return;
      } catch (error) {
        if (!(error instanceof Refusal) || stopping.signal.aborted) throw error;
        logAway(error);
        await sleep(RECORD_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  function logAway(error: unknown): void {
    log.warn({ err: error }, 'cannot read or record the outbox of mails');
  }

  return {
    nudge() {
      isAway = false;
      grow().catch(logAway);
    },

    async drain() {
      const unconfirmed = await database.transaction((db) => endUnconfirmed(db, time));
      if (unconfirmed > 0) {
        metrics.ended('unconfirmed', unconfirmed);
        log.warn(
          { mails: unconfirmed },
          'a server process ended before a mail server answered. The mails are not sent again: see "mail list"',
        );
      }
      isAway = false;
      await grow();
      while (lanes.size > 0) await Promise.allSettled(lanes);
    },

    async stop() {
      stopping.abort();
      const stopped = new AbortController();
      await Promise.race([
        Promise.allSettled(lanes),
        sleep(STOP_MS, undefined, { signal: stopped.signal }).catch(() => undefined),
      ]);
      stopped.abort();
      clearInterval(heartbeat);
      await transport.close();
    },
  };
}

/** Returns the seconds until the next attempt: 5, 10, 20 and so on up to an hour, spread over replicas. */
function pauseAfter(failed: number): number {
  const seconds = Math.min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (failed - 1));
  return Math.round(seconds * (0.9 + 0.2 * Math.random()));
}
