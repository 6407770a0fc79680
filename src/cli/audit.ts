import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { AuditType } from '../audit/audit.ts';
import type { AuditEvent } from '../audit/audit_event.entity.ts';
import type { AuditLog, AuditLogFilter } from '../application/administration/audit_log.ts';
import { UsageError } from './ending.ts';
import { onStorage } from './run_as_operator.ts';
import { harmless, printJson, type OutputOptions, styled } from './output.ts';
import { wholeNumber } from './whole_number.ts';

interface Tail extends OutputOptions {
  readonly lines?: number;
  readonly follow?: boolean;
  readonly type?: string;
  readonly username?: string;
  readonly since?: Date;
}

const PAGE = 100;
const POLL_MS = 1_000;
/**
 * An event may appear this long after newer ones: it has the time at which its transaction began, and is visible when
 * the transaction commits.
 */
const LATE_MS = 60_000;
const MOST_LINES = 100_000;

/** `audit …`: shows the audit log. It needs only the database. */
export function addAudit(program: Command): void {
  const audit = program.command('audit').description('The audit log of accounts, sessions, clients and keys');

  audit
    .command('tail')
    .description('shows the newest events, the oldest of them first')
    .option(
      '-n, --lines <count>',
      'the maximum number of events (default: 20, or all with --since)',
      wholeNumber(1, MOST_LINES),
    )
    .option('-f, --follow', 'keeps printing new events until Ctrl-C')
    .option('--type <type>', 'only events of this type, such as login.failed')
    .option('--username <name>', 'only events with this actor or subject')
    .option('--since <time>', 'only events since a date and time (ISO 8601) or an age such as 90s, 15m, 24h, 7d', since)
    .option('--json', 'prints a JSON object per line')
    .action((tail: Tail) =>
      onStorage(async ({ database, secrets }) => {
        const [{ createAuditLog }, { createUnknownNames }] = await Promise.all([
          import('../application/administration/audit_log.ts'),
          import('../audit/unknown_names.ts'),
        ]);
        const auditLog = createAuditLog({ database, unknownNames: createUnknownNames(secrets) });
        const filter = { username: tail.username, type: await knownType(tail.type), from: tail.since };
        const most = tail.lines ?? (tail.since ? MOST_LINES : 20);
        const asked = (_event: AuditEvent, place: number) => place < most;
        // `follow` reads again from before the newest event, so it must know the events that were already shown.
        let known = Infinity;
        const found = await readBack(auditLog, filter, (event, place) => {
          if (place === 0 && tail.follow) known = event.at.getTime() - LATE_MS;
          return asked(event, place) || event.at.getTime() >= known;
        });
        found
          .filter(asked)
          .reverse()
          .forEach((event) => show(event, tail));
        if (tail.follow) await follow(auditLog, filter, { before: found, show: (event) => show(event, tail) });
      }),
    );
}

type Filter = Omit<AuditLogFilter, 'first' | 'after'>;

/** Reads events, the newest first, until `wanted` returns false. */
async function readBack(
  auditLog: AuditLog,
  filter: Filter,
  wanted: (event: AuditEvent, place: number) => boolean,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for (;;) {
    const page = await auditLog({ ...filter, first: PAGE, after: events.at(-1) });
    for (const event of page.events) {
      if (!wanted(event, events.length)) return events;
      events.push(event);
    }
    if (!page.hasNext) return events;
  }
}

/** Prints new events until the process ends. Waits while the database is unavailable. */
async function follow(
  auditLog: AuditLog,
  filter: Filter,
  { before, show }: { readonly before: readonly AuditEvent[]; readonly show: (event: AuditEvent) => void },
): Promise<never> {
  const { Refusal } = await import('../kernel/errors.ts');
  let newest = before[0]?.at.getTime() ?? 0;
  let seen = new Map(before.map(({ id, at }) => [id, at.getTime()]));
  for (;;) {
    await sleep(POLL_MS);
    const from = new Date(Math.max(newest - LATE_MS, filter.from?.getTime() ?? 0));
    try {
      const found = await readBack(auditLog, { ...filter, from }, () => true);
      for (const event of found.reverse()) {
        if (seen.has(event.id)) continue;
        seen.set(event.id, event.at.getTime());
        newest = Math.max(newest, event.at.getTime());
        show(event);
      }
      seen = new Map([...seen].filter(([, at]) => at >= from.getTime()));
    } catch (error) {
      if (!(error instanceof Refusal && error.kind === 'SERVICE_UNAVAILABLE')) throw error;
    }
  }
}

function show(
  { id, at, type, actor, subject, address, userAgent, requestId, detail }: AuditEvent,
  { json }: OutputOptions,
): void {
  if (json) return printJson({ id, at, type, actor, subject, address, userAgent, requestId, detail: detail ?? {} });
  const who = actor == null || actor === subject ? '' : ` by ${actor}`;
  const details = Object.entries(detail ?? {}).map(([name, value]) => `${name}=${value}`);
  const words = [`${subject ?? '-'}${who}`, `from ${address ?? '-'}`, ...details].map(harmless).join('  ');
  process.stdout.write(`${styled('dim', at.toISOString())}  ${styled('bold', type.padEnd(18))}  ${words}\n`);
}

async function knownType(type: string | undefined): Promise<AuditType | undefined> {
  if (type === undefined) return undefined;
  const { AUDIT_TYPES } = await import('../audit/audit.ts');
  const found = AUDIT_TYPES.find((name) => name === type);
  if (!found) throw new UsageError(`--type must be one of ${AUDIT_TYPES.join(', ')}`);
  return found;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function since(text: string): Date {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const time = amount && unit ? new Date(Date.now() - Number(amount) * UNITS[unit]!) : new Date(text);
  if (Number.isNaN(time.getTime()) || (!amount && !/^\d{4}-\d\d/.test(text))) {
    throw new InvalidArgumentError('It must be a time such as 2026-11-25T17:00Z or an age such as 15m.');
  }
  return time;
}
