import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

/** The setting `SECOND_FACTOR`, without the names of roles. */
export enum SecondFactorPolicy {
  OFF = 'OFF',
  OPTIONAL = 'OPTIONAL',
  REQUIRED = 'REQUIRED',
  BY_ROLE = 'BY_ROLE',
}
registerEnumType(SecondFactorPolicy, {
  name: 'SecondFactorPolicy',
  valuesConfig: {
    OFF: { description: 'No account can set up a second factor.' },
    OPTIONAL: { description: 'Every account can set up a second factor.' },
    REQUIRED: { description: 'Every account must have a second factor.' },
    BY_ROLE: { description: 'Accounts of some roles must have a second factor.' },
  },
});

@ObjectType({ description: 'Public facts about this server.' })
export class Gatehouse {
  @Field(() => Boolean, { description: 'True when `register` is open to the public.' })
  registrationOpen!: boolean;

  @Field(() => Boolean, { description: 'True when the server accepts passkeys.' })
  passkeys!: boolean;

  @Field(() => Boolean, { description: 'True when people can ask for a new password by mail.' })
  passwordReset!: boolean;

  @Field(() => SecondFactorPolicy, { description: 'The demand for second factors.' })
  secondFactor!: SecondFactorPolicy;
}

/** The state of the composed graph. */
export enum SupergraphState {
  OK = 'OK',
  STALE = 'STALE',
  UNAVAILABLE = 'UNAVAILABLE',
}
registerEnumType(SupergraphState, {
  name: 'SupergraphState',
  valuesConfig: {
    OK: { description: 'The newest supergraph is active.' },
    STALE: { description: 'The newest supergraph does not compose. The last valid one stays active.' },
    UNAVAILABLE: { description: 'No supergraph was ever loaded. Only the schema of Gatehouse is served.' },
  },
});

/** The state of a subgraph at its last health check. */
export enum SubgraphState {
  UP = 'UP',
  DOWN = 'DOWN',
}
registerEnumType(SubgraphState, { name: 'SubgraphState' });

@ObjectType({ description: 'A subgraph, as seen from this replica.' })
export class Subgraph {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  url!: string;

  @Field(() => Boolean, { description: 'True when the active supergraph includes the subgraph.' })
  composed!: boolean;

  @Field(() => SubgraphState, { description: 'The result of the last health check, at most a few seconds old.' })
  state!: SubgraphState;

  @Field(() => String, { nullable: true, description: 'The reason why the subgraph is down.' })
  reason!: string | null;

  @Field(() => Int, { nullable: true, description: 'The response time. Null without a response.' })
  milliseconds!: number | null;
}

@ObjectType({ description: 'The supergraph, composed of the subgraphs and the schema of Gatehouse.' })
export class Supergraph {
  @Field(() => SupergraphState)
  state!: SupergraphState;

  @Field(() => String, { nullable: true, description: 'The reason why the newest supergraph is not active.' })
  reason!: string | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'The time at which the active supergraph was loaded. Null when none is active.',
  })
  changedAt!: Date | null;

  @Field(() => [Subgraph])
  subgraphs!: readonly Subgraph[];
}
