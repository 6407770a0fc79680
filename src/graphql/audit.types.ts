import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { ArgsType, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { PageInfo } from './types.ts';

@ObjectType()
export class AuditDetail {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  value!: string;
}

@ObjectType({ description: 'Something that happened to an account, a session, a client or a key.' })
export class AuditEvent {
  @Field(() => ID)
  id!: string;

  @Field(() => GraphQLDateTime)
  at!: Date;

  @Field(() => String, { description: 'Such as `login.failed`.' })
  type!: string;

  @Field(() => String, { nullable: true, description: 'Who did it. Null where nobody proved to.' })
  actor!: string | null;

  @Field(() => String, { nullable: true, description: 'Whom it was done to, also a name that nobody has.' })
  subject!: string | null;

  @Field(() => String, { nullable: true })
  address!: string | null;

  @Field(() => String, { nullable: true })
  userAgent!: string | null;

  @Field(() => String, { nullable: true, description: "The request's id, as in the log and in errors." })
  requestId!: string | null;

  @Field(() => [AuditDetail])
  detail!: AuditDetail[];
}

@ObjectType()
export class AuditEventEdge {
  @Field(() => String)
  cursor!: string;

  @Field(() => AuditEvent)
  node!: AuditEvent;
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
  @Field(() => Int, { nullable: true, defaultValue: 50, description: '1 to 100.' })
  first!: number | null;

  @Field(() => String, { nullable: true, description: 'A cursor: what was before it.' })
  after?: string | null;

  @Field(() => String, { nullable: true, description: 'Who did it, or whom it was done to.' })
  username?: string | null;

  @Field(() => String, { nullable: true })
  type?: string | null;

  @Field(() => String, { nullable: true, description: 'From where, exactly as it is told.' })
  address?: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From then on.' })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Before then.' })
  to?: Date | null;
}

@ObjectType({ description: 'What happened to sign-ins from `at` to the next step, or to the end.' })
export class SignInActivity {
  @Field(() => GraphQLDateTime)
  at!: Date;

  @Field(() => Int)
  signIns!: number;

  @Field(() => Int, { description: 'Attempts that were refused for what they showed.' })
  failures!: number;

  @Field(() => Int, { description: 'Waits in which the limits refused attempts.' })
  limited!: number;

  @Field(() => Int, { description: 'Refresh tokens and codes that came again: most likely stolen.' })
  reuses!: number;
}

/** How long a step of the activity is. */
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
  @Field(() => GraphQLDateTime, { description: 'Where the first step begins.' })
  from!: Date;

  @Field(() => GraphQLDateTime, { description: 'Where the last step ends, whole or not.' })
  to!: Date;

  @Field(() => SignInActivityStep, { description: 'At most 1000 of them.' })
  step!: SignInActivityStep;
}
