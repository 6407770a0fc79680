import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { UseCases } from '../signin/use_cases.ts';
import type { SigningKey as StoredKey } from '../tokens/signing_key.entity.ts';
import type { Context } from './context.ts';
import { SigningKey, SigningKeyState } from './signing_key.types.ts';

/** What signs access tokens, for admins. */
@Resolver()
export class SigningKeyResolver {
  constructor(private readonly use: Pick<UseCases, 'signingKeys'>) {}

  @Query(() => [SigningKey], { description: 'The keys and their states, newest first.' })
  async signingKeys(): Promise<SigningKey[]> {
    return (await this.use.signingKeys.list()).map(toKey);
  }

  @Mutation(() => [SigningKey], {
    description: 'Lets the next key sign. The one before verifies for as long as its tokens last.',
  })
  async rotateSigningKeys(
    @Arg('now', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Also where caches may not know the next key yet.',
    })
    now: boolean | null,
    @Ctx() context: Context,
  ): Promise<SigningKey[]> {
    const keys = await this.use.signingKeys.rotate(now ?? false, await context.principal(), context.origin);
    return keys.map(toKey);
  }

  @Mutation(() => [SigningKey], {
    description:
      "Takes a leaked key out of use at once: what it signed counts no more, and that may be the caller's own token.",
  })
  async retireSigningKey(@Arg('kid', () => ID) kid: string, @Ctx() context: Context): Promise<SigningKey[]> {
    return (await this.use.signingKeys.retire(kid, await context.principal(), context.origin)).map(toKey);
  }
}

const STATES = {
  next: SigningKeyState.NEXT,
  current: SigningKeyState.CURRENT,
  retiring: SigningKeyState.RETIRING,
} as const;

function toKey({ kid, algorithm, state, stateSince }: StoredKey): SigningKey {
  return { kid, algorithm, state: STATES[state], since: stateSince };
}
