import { type Command, InvalidArgumentError } from 'commander';
import type { Mails } from '../application/administration/mails.ts';
import type { ListedMail } from '../mail/list_mails.ts';
import type { MailState } from '../mail/mail.entity.ts';
import { operator } from './operator.ts';
import { type Column, printRows, type OutputOptions } from './output.ts';
import { onStorage } from './run_as_operator.ts';
import { wholeNumber } from './whole_number.ts';

const COLUMNS: readonly Column<ListedMail>[] = [
  ['id', ({ id }) => id],
  ['template', ({ template }) => template],
  ['recipient', ({ recipient }) => recipient],
  ['state', ({ state }) => state],
  ['attempts', ({ attempts }) => attempts],
  ['created', ({ createdAt }) => createdAt],
  ['due', ({ dueAt }) => dueAt],
  ['reason', ({ error }) => error],
];
const NONE = 'No mails.';

interface Listed extends OutputOptions {
  readonly lines: number;
  readonly state?: MailState;
  readonly recipient?: string;
}

const STATES: readonly MailState[] = ['waiting', 'sending', 'handed', 'sent', 'unconfirmed', 'failed'];

/** `mail …`: shows the outbox, and sends mails again. It needs only the database; a running server does the sending. */
export function addMail(program: Command): void {
  const mail = program.command('mail').description('The outbox of mails');

  mail
    .command('list')
    .description('lists the newest mails, without their content')
    .option('-n, --lines <count>', 'the maximum number of mails', wholeNumber(1, 1_000), 50)
    .option('--state <state>', `only mails in this state: ${STATES.join(', ')}`, state)
    .option('--recipient <address>', 'only mails to this address')
    .option('--json', 'prints one JSON array')
    .action(({ lines: first, state, recipient, ...shown }: Listed) =>
      withMails(async (mails) => {
        const page = await mails.list({ first, state, recipient });
        await printRows(page.mails, COLUMNS, { ...shown, none: NONE });
      }),
    );

  mail
    .command('retry')
    .argument('<id...>', 'the ids shown by "mail list"')
    .description('sends mails again that were given up or not confirmed, or at once mails that wait')
    .option('--json', 'prints the mails as one JSON array')
    .action((ids: string[], shown: OutputOptions) =>
      withMails(async (mails) => {
        const retried: ListedMail[] = [];
        for (const id of ids) retried.push(await mails.retry(id, operator()));
        await printRows(retried, COLUMNS, { ...shown, none: NONE });
      }),
    );
}

function withMails(work: (mails: Mails) => Promise<void>): Promise<void> {
  return onStorage(async ({ database, secrets }) => {
    const [{ createMails }, { createOutbox }, { createMailPayloads }, { createDatabaseTime }, { systemClock }] =
      await Promise.all([
        import('../application/administration/mails.ts'),
        import('../mail/outbox.ts'),
        import('../mail/payload.ts'),
        import('../store/database/database_time.ts'),
        import('../kernel/clock.ts'),
      ]);
    const outbox = createOutbox(createMailPayloads(secrets), createDatabaseTime());
    await work(createMails({ database, outbox, clock: systemClock }));
  });
}

function state(text: string): MailState {
  const found = STATES.find((name) => name === text);
  if (!found) throw new InvalidArgumentError(`It must be one of ${STATES.join(', ')}.`);
  return found;
}
