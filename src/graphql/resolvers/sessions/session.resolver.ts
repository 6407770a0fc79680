import { Arg, Args, Ctx, Int, Mutation, Resolver } from 'type-graphql';
import { Refusal } from '../../../kernel/errors.ts';
import type { Principal } from '../../../application/authentication/principal.ts';
import type { Context } from '../../server/context.ts';
import { deliver, deliverSignIn } from './deliver.ts';
import { CompleteLoginArgs, readFactor, readProofs, ReauthenticateArgs } from './factor_arguments.ts';
import { Credential, NoCredential } from '../../schema/credential.ts';
import { RefreshTokenDelivery, TokenPayload } from '../types.ts';
import type { UseCases } from '../../../application/use_cases.ts';

/** The fields with which users sign in, refresh their tokens and sign out. */
@Resolver()
export class SessionResolver {
  constructor(
    private readonly use: Pick<
      UseCases,
      'login' | 'completeLogin' | 'reauthenticate' | 'refresh' | 'logout' | 'logoutEverywhere'
    >,
  ) {}

  @Credential()
  @Mutation(() => TokenPayload, {
    description: 'Signs in with a user name or a verified e-mail address, and a password. Returns tokens.',
  })
  async login(
    @Arg('username', () => String) username: string,
    @Arg('password', () => String) password: string,
    @Arg('delivery', () => RefreshTokenDelivery, { nullable: true, defaultValue: RefreshTokenDelivery.BODY })
    delivery: RefreshTokenDelivery | null,
    @Ctx() context: Context,
  ): Promise<TokenPayload> {
    return deliverSignIn(context, delivery, () => this.use.login({ username, password }, context.origin));
  }

  @Credential()
  @Mutation(() => TokenPayload, {
    description:
      'Continues a sign-in that was refused with SECOND_FACTOR_REQUIRED, by its ticket and exactly one second factor.',
  })
  async completeLogin(
    @Args(() => CompleteLoginArgs) { ticket, delivery, ...shown }: CompleteLoginArgs,
    @Ctx() context: Context,
  ): Promise<TokenPayload> {
    const continuation = { ticket, clientId: null, factor: readFactor(shown) };
    return deliverSignIn(context, delivery, () => this.use.completeLogin(continuation, context.origin));
  }

  @Credential()
  @Mutation(() => TokenPayload, {
    description:
      'Authenticates the caller again, for fields that were refused with REAUTHENTICATION_REQUIRED: by the password, a second factor, or both. The session continues with a new access token; the refresh token stays.',
  })
  async reauthenticate(
    @Args(() => ReauthenticateArgs) shown: ReauthenticateArgs,
    @Ctx() context: Context,
  ): Promise<TokenPayload> {
    const issued = await this.use.reauthenticate(await context.enrollee(), readProofs(shown), context.origin);
    return { accessToken: issued.accessToken, tokenType: 'bearer', expiresIn: issued.expiresIn, refreshToken: null };
  }

  @Credential()
  @Mutation(() => TokenPayload, {
    description: 'Exchanges a refresh token, from the argument or the cookie, for new tokens.',
  })
  async refresh(
    @Arg('refreshToken', () => String, { nullable: true }) refreshToken: string | null,
    @Ctx() context: Context,
  ): Promise<TokenPayload> {
    const shown = refreshToken ?? context.refreshCookie.read();
    if (shown === null) throw new Refusal('REFRESH_TOKEN');
    const signedIn = await this.use.refresh(shown, null, context.origin);
    // The new token travels like the old one: a token from a cookie must never appear where a script can read it.
    return deliver(signedIn, refreshToken == null ? context : null);
  }

  @NoCredential('a token of 256 random bits cannot be guessed, and logout opens nothing')
  @Mutation(() => Boolean, {
    description:
      'Ends the sessions of the presented tokens and denies their access tokens. Returns false when there was no session.',
  })
  async logout(
    @Arg('refreshToken', () => String, { nullable: true }) refreshToken: string | null,
    @Ctx() context: Context,
  ): Promise<boolean> {
    const shown = refreshToken ?? context.refreshCookie.read();
    const principal = await principalIfAny(context);
    const ended = await this.use.logout({ refreshToken: shown, principal }, context.origin);
    if (refreshToken == null) context.refreshCookie.clear();
    return ended;
  }

  @Mutation(() => Int, { description: 'Ends all sessions of the caller. Returns the number of ended sessions.' })
  async logoutEverywhere(@Ctx() context: Context): Promise<number> {
    return this.use.logoutEverywhere(await context.principal(), context.origin);
  }
}

/**
 * Returns the principal, or null without one: a bad token or the token of a program must not fail a public field.
 * @throws SERVICE_UNAVAILABLE if a store is away
 */
async function principalIfAny(context: Context): Promise<Principal | null> {
  try {
    return await context.enrollee();
  } catch (error) {
    if (error instanceof Refusal && (error.kind === 'CREDENTIALS' || error.kind === 'FORBIDDEN')) return null;
    throw error;
  }
}
