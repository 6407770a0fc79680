import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageInfo } from '../types.ts';

/** The states of mails. */
export enum OutboxState {
  WAITING = 'WAITING',
  SENDING = 'SENDING',
  HANDED = 'HANDED',
  SENT = 'SENT',
  UNCONFIRMED = 'UNCONFIRMED',
  FAILED = 'FAILED',
}
registerEnumType(OutboxState, {
  name: 'MailState',
  valuesConfig: {
    WAITING: { description: 'To be sent at `dueAt`.' },
    SENDING: { description: 'A replica talks to the mail server.' },
    HANDED: { description: 'The mail server has the whole mail, and its answer is not known yet.' },
    SENT: { description: 'The mail server accepted it.' },
    UNCONFIRMED: { description: 'The replica ended before the answer. The mail server has it, unless it refused it.' },
    FAILED: { description: 'Given up.' },
  },
});

@ObjectType('Mail', { description: 'A mail of the outbox, without its content.' })
export class MailObject {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'The name of the template, such as `reset-password` or `notice-new-device`.' })
  template!: string;

  @Field(() => String, { description: 'The address.' })
  recipient!: string;

  @Field(() => OutboxState)
  state!: OutboxState;

  @Field(() => Int, { description: 'The number of failed attempts.' })
  attempts!: number;

  @Field(() => GraphQLDateTime)
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The time of the next attempt, if there is one.' })
  dueAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The time at which it was sent or given up.' })
  finishedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'The reason why it was not sent, or not yet.' })
  error!: string | null;
}

@ObjectType()
export class MailEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => MailObject)
  node!: MailObject;
}

@ObjectType()
export class MailConnection {
  @Field(() => [MailEdge])
  edges!: MailEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@ArgsType()
export class MailsArguments {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: 'The page size, 1 to 100.' })
  first!: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor. Returns the mails older than it.' })
  after?: string | null;

  @Field(() => OutboxState, { nullable: true })
  state?: OutboxState | null;

  @Field(() => String, { nullable: true, description: 'The whole address, in any spelling.' })
  recipient?: string | null;
}
