import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageInfo } from '../types.ts';

@ObjectType()
export class AuditDetail {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  value!: string;
}

@ObjectType('AuditEvent', { description: 'An event in the life of an account, a session, a client or a signing key.' })
export class AuditEventObject {
  @Field(() => ID)
  id!: string;

  @Field(() => GraphQLDateTime)
  at!: Date;

  @Field(() => String, { description: 'The event type, such as `login.failed`.' })
  type!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The user, client or operator that caused the event. Null when no identity was proven.',
  })
  actor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name the event concerns. It may be a name without an account.',
  })
  subject!: string | null;

  @Field(() => String, { nullable: true })
  address!: string | null;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: 'The request id, as in the log and in errors.' })
  requestId!: string | null;

  @Field(() => [AuditDetail])
  detail!: AuditDetail[];
}

@ObjectType()
export class AuditEventEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => AuditEventObject)
  node!: AuditEventObject;
}

@ObjectType()
export class AuditEventConnection {
  @Field(() => [AuditEventEdge])
  edges!: AuditEventEdge[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@ArgsType()
export class AuditEventsArguments {
  @Field(() => Int, { nullable: true, defaultValue: 50, description: 'The page size, 1 to 100.' })
  first!: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor. Returns the events older than it.' })
  after?: string | null;

  @Field(() => String, { nullable: true, description: 'Matches events whose actor or subject is this name.' })
  username?: string | null;

  @Field(() => String, { nullable: true })
  type?: string | null;

  @Field(() => String, { nullable: true, description: 'The exact IP address of the request.' })
  address?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The beginning of the period, inclusive.' })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'The end of the period, exclusive.' })
  to?: Date | null;
}

@ObjectType({ description: 'Counts of sign-ins in one step, which begins at `at`.' })
export class SignInActivity {
  @Field(() => GraphQLDateTime)
  at!: Date;

  @Field(() => Int)
  signIns!: number;

  @Field(() => Int, { description: 'Attempts refused because of wrong credentials.' })
  failures!: number;

  @Field(() => Int, { description: 'Waiting periods in which rate limits refused attempts.' })
  limited!: number;

  @Field(() => Int, { description: 'Refresh tokens and codes that were used again. They were most likely stolen.' })
  reuses!: number;
}

/** The length of a step of the sign-in activity. */
export enum SignInActivityStep {
  MINUTE = 'MINUTE',
  HOUR = 'HOUR',
  DAY = 'DAY',
}
registerEnumType(SignInActivityStep, {
  name: 'SignInActivityStep',
  valuesConfig: { DAY: { description: '24 hours.' } },
});

export const STEP_SECONDS: Readonly<Record<SignInActivityStep, number>> = { MINUTE: 60, HOUR: 3600, DAY: 86_400 };

@ArgsType()
export class SignInActivityArguments {
  @Field(() => GraphQLDateTime, { description: 'The beginning of the first step.' })
  from!: Date;

  @Field(() => GraphQLDateTime, { description: 'The end of the last step, which may be shorter than the others.' })
  to!: Date;

  @Field(() => SignInActivityStep, { description: 'The length of a step. A period has at most 1000 steps.' })
  step!: SignInActivityStep;
}
