import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import type { SigningKey as StoredKey } from '../../../keys/signing_key.entity.ts';
import type { Context } from '../../server/context.ts';
import { SigningKeyObject, SigningKeyState } from './signing_key.types.ts';

/** The keys that sign access tokens, for admins. */
@Resolver()
export class SigningKeyResolver {
  constructor(private readonly use: Pick<UseCases, 'signingKeys'>) {}

  @Query(() => [SigningKeyObject], { description: 'The signing keys and their states, newest first.' })
  async signingKeys(): Promise<SigningKeyObject[]> {
    return (await this.use.signingKeys.list()).map(toKey);
  }

  @Mutation(() => [SigningKeyObject], {
    description: 'Makes the next key the current one. The previous key verifies tokens until they expire.',
  })
  async rotateSigningKeys(
    @Arg('now', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Rotates even when caches may not have the next key yet.',
    })
    now: boolean | null,
    @Ctx() context: Context,
  ): Promise<SigningKeyObject[]> {
    const keys = await this.use.signingKeys.rotate(now ?? false, await context.by());
    return keys.map(toKey);
  }

  @Mutation(() => [SigningKeyObject], {
    description: "Removes a leaked key at once. Every token signed with it becomes invalid, possibly the caller's own.",
  })
  async retireSigningKey(@Arg('kid', () => ID) kid: string, @Ctx() context: Context): Promise<SigningKeyObject[]> {
    return (await this.use.signingKeys.retire(kid, await context.by())).map(toKey);
  }
}

const STATES = {
  next: SigningKeyState.NEXT,
  current: SigningKeyState.CURRENT,
  retiring: SigningKeyState.RETIRING,
} as const;

function toKey({ kid, algorithm, state, stateSince }: StoredKey): SigningKeyObject {
  return { kid, algorithm, state: STATES[state], since: stateSince };
}
