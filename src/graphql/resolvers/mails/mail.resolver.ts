import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import type { ListedMail } from '../../../mail/list_mails.ts';
import type { MailState } from '../../../mail/mail.entity.ts';
import type { Context } from '../../server/context.ts';
import { pageSize, searchable } from '../arguments.ts';
import { fromTimeCursor, toTimeCursor } from '../time_cursor.ts';
import { MailConnection, MailObject, MailsArguments, OutboxState } from './mail.types.ts';

/** The outbox of mails, for admins. */
@Resolver()
export class MailResolver {
  constructor(private readonly use: Pick<UseCases, 'mails'>) {}

  @Query(() => MailConnection, { description: 'The outbox of mails, newest first.' })
  async mails(@Args(() => MailsArguments) asked: MailsArguments): Promise<MailConnection> {
    const after = asked.after == null ? undefined : fromTimeCursor(asked.after);
    const page = await this.use.mails.list({
      first: pageSize(asked.first),
      after: after && { createdAt: after.at, id: after.id },
      state: asked.state == null ? undefined : STORED[asked.state],
      recipient: searchable('recipient', asked.recipient),
    });
    const edges = page.mails.map((mail) => ({
      cursor: toTimeCursor({ at: mail.createdAt, id: mail.id }),
      node: toMail(mail),
    }));
    return {
      edges,
      pageInfo: {
        hasNextPage: page.hasNext,
        // The mail of the cursor is on the previous page.
        hasPreviousPage: asked.after != null,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  @Mutation(() => MailObject, {
    description:
      'Sends a mail again that was given up or not confirmed, or at once one that waits. The address still gets at most ' +
      'three mails an hour.',
  })
  async retryMail(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<MailObject> {
    return toMail(await this.use.mails.retry(id, await context.by()));
  }
}

const STATES: Readonly<Record<MailState, OutboxState>> = {
  waiting: OutboxState.WAITING,
  sending: OutboxState.SENDING,
  handed: OutboxState.HANDED,
  sent: OutboxState.SENT,
  unconfirmed: OutboxState.UNCONFIRMED,
  failed: OutboxState.FAILED,
};

const STORED = Object.fromEntries(Object.entries(STATES).map(([stored, shown]) => [shown, stored])) as Readonly<
  Record<OutboxState, MailState>
>;

function toMail({ state, ...mail }: ListedMail): MailObject {
  return { ...mail, state: STATES[state] };
}
