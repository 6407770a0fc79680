import { Query, Resolver } from 'type-graphql';
import { Gatehouse, SecondFactorPolicy, SubgraphState, Supergraph, SupergraphState } from './server.types.ts';
import type { FactorPolicy } from '../../../application/foundation/services.ts';
import type { SubgraphHealth, SupergraphHealth } from './supergraph_health.ts';

/** The facts about the server that clients can read. */
export interface ServerFacts {
  readonly registrationOpen: boolean;
  readonly passkeys: boolean;
  readonly passwordReset: boolean;
  readonly factors: Pick<FactorPolicy, 'allowed' | 'required'>;
  /** Returns null if this server is not a gateway. */
  supergraph(): Promise<SupergraphHealth | null>;
}

/** The fields about the server itself. */
@Resolver()
export class ServerResolver {
  constructor(private readonly facts: ServerFacts) {}

  @Query(() => Gatehouse, { description: 'Public facts about this server, readable without signing in.' })
  gatehouse(): Gatehouse {
    const { registrationOpen, passkeys, passwordReset, factors } = this.facts;
    return { registrationOpen, passkeys, passwordReset, secondFactor: policyOf(factors) };
  }

  @Query(() => Supergraph, { nullable: true, description: 'The supergraph. Null when this server is not a gateway.' })
  async supergraph(): Promise<Supergraph | null> {
    const health = await this.facts.supergraph();
    return health && { ...health, state: STATES[health.state], subgraphs: health.subgraphs.map(toSubgraph) };
  }
}

function policyOf({ allowed, required }: ServerFacts['factors']): SecondFactorPolicy {
  if (!allowed) return SecondFactorPolicy.OFF;
  if (required === true) return SecondFactorPolicy.REQUIRED;
  return required.length > 0 ? SecondFactorPolicy.BY_ROLE : SecondFactorPolicy.OPTIONAL;
}

const STATES = {
  ok: SupergraphState.OK,
  stale: SupergraphState.STALE,
  unavailable: SupergraphState.UNAVAILABLE,
} as const;

function toSubgraph(health: SubgraphHealth) {
  return { ...health, state: health.reason === null ? SubgraphState.UP : SubgraphState.DOWN };
}
