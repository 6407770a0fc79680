import 'reflect-metadata';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';

@ObjectType({ description: 'This server, as everybody may know it.' })
export class Gatehouse {
  @Field(() => Boolean, { description: 'Whether `register` makes accounts.' })
  registrationOpen!: boolean;
}

/** How it stands with the composed graph. */
export enum SupergraphState {
  OK = 'OK',
  STALE = 'STALE',
  UNAVAILABLE = 'UNAVAILABLE',
}
registerEnumType(SupergraphState, {
  name: 'SupergraphState',
  valuesConfig: {
    OK: { description: 'The newest is in force.' },
    STALE: { description: 'The newest does not compose: the last good one goes on.' },
    UNAVAILABLE: { description: 'There never was one: only our own graph is served.' },
  },
});

/** Whether a subgraph answers. */
export enum SubgraphState {
  UP = 'UP',
  DOWN = 'DOWN',
}
registerEnumType(SubgraphState, { name: 'SubgraphState' });

@ObjectType({ description: "Another team's graph, as this replica finds it." })
export class Subgraph {
  @Field(() => String)
  name!: string;

  @Field(() => String)
  url!: string;

  @Field(() => Boolean, { description: 'Whether it is a part of the graph that is in force.' })
  composed!: boolean;

  @Field(() => SubgraphState, { description: 'Whether it answered when it was asked, a few seconds ago at most.' })
  state!: SubgraphState;

  @Field(() => String, { nullable: true, description: 'Why it is down.' })
  reason!: string | null;

  @Field(() => Int, { nullable: true, description: 'How long the answer took. Null without one.' })
  milliseconds!: number | null;
}

@ObjectType({ description: "The graph that is composed of other teams' subgraphs and our own." })
export class Supergraph {
  @Field(() => SupergraphState)
  state!: SupergraphState;

  @Field(() => String, { nullable: true, description: 'Why the newest is not in force.' })
  reason!: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Since when the one in force is. Null without one.' })
  changedAt!: Date | null;

  @Field(() => [Subgraph])
  subgraphs!: readonly Subgraph[];
}
