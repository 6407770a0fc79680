import type { MaintenanceJob } from '../application/foundation/purge.ts';
import type { Services } from '../application/foundation/services.ts';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { countOpenMails } from '../mail/claim.ts';
import { createFileTransport } from '../mail/files.ts';
import { createMailMetrics, watchOpenMails } from '../mail/metrics.ts';
import { createMailPayloads } from '../mail/payload.ts';
import { createMailSender } from '../mail/sender.ts';
import { createSmtpTransport } from '../mail/smtp.ts';
import { createRenderer } from '../mail/templates/render.ts';
import { createDatabaseTime } from '../store/database/database_time.ts';

export interface MailParts {
  readonly services: Pick<Services, 'database' | 'outbox' | 'log'>;
  readonly secrets: readonly string[];
  readonly metrics: Metrics;
  readonly databaseClock: Clock | undefined;
}

export interface OpenMail {
  /** Sends what no replica sent right after the commit. */
  readonly job: MaintenanceJob;
  close(): Promise<void>;
}

/**
 * Starts to send the mails of the outbox.
 * @throws Error for an operator if a template cannot be used
 */
export function openMail(config: Pick<Config, 'mail' | 'http' | 'store'>, parts: MailParts): OpenMail {
  const { services, secrets, metrics, databaseClock } = parts;
  const { database, outbox, log } = services;
  const { server, from, templates } = config.mail;
  const time = createDatabaseTime(databaseClock);
  const sender = createMailSender({
    database,
    time,
    payloads: createMailPayloads(secrets),
    render: createRenderer(templates, config.http.publicUrl),
    from,
    transport: server ? createSmtpTransport(server) : createFileTransport(config.store.dataDir, log),
    metrics: createMailMetrics(metrics),
    log,
  });
  watchOpenMails(metrics, () => database.run((db) => countOpenMails(db, time)));
  outbox.watch(sender.nudge);
  return { job: { name: 'send-mails', everySeconds: 5, run: sender.drain }, close: sender.stop };
}
