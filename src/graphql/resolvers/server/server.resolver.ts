import { Query, Resolver } from 'type-graphql';
import { Gatehouse, SubgraphState, Supergraph, SupergraphState } from './server.types.ts';
import type { SubgraphHealth, SupergraphHealth } from './supergraph_health.ts';

/** What is told of the server itself. */
export interface ServerFacts {
  readonly registrationOpen: boolean;
  /** Null where this server is no gateway. */
  supergraph(): Promise<SupergraphHealth | null>;
}

/** What the server says of itself. */
@Resolver()
export class ServerResolver {
  constructor(private readonly facts: ServerFacts) {}

  @Query(() => Gatehouse, { description: 'Public facts about this server, readable without signing in.' })
  gatehouse(): Gatehouse {
    return { registrationOpen: this.facts.registrationOpen };
  }

  @Query(() => Supergraph, { nullable: true, description: 'The supergraph. Null when this server is not a gateway.' })
  async supergraph(): Promise<Supergraph | null> {
    const health = await this.facts.supergraph();
    return health && { ...health, state: STATES[health.state], subgraphs: health.subgraphs.map(toSubgraph) };
  }
}

const STATES = {
  ok: SupergraphState.OK,
  stale: SupergraphState.STALE,
  unavailable: SupergraphState.UNAVAILABLE,
} as const;

function toSubgraph(health: SubgraphHealth) {
  return { ...health, state: health.reason === null ? SubgraphState.UP : SubgraphState.DOWN };
}
