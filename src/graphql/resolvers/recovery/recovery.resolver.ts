import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { UseCases } from '../../../application/use_cases.ts';
import { toLiveUser } from '../../../users/live_users.ts';
import { Credential } from '../../schema/credential.ts';
import type { Context } from '../../server/context.ts';
import { Invitation, InviteUserInput, PasswordResetLink } from './recovery.types.ts';

type RecoveryUseCases = Pick<
  UseCases,
  | 'requestPasswordReset'
  | 'resetPassword'
  | 'sendPasswordReset'
  | 'requestEmailVerification'
  | 'verifyEmail'
  | 'changeEmail'
  | 'undoEmailChange'
  | 'invitations'
>;

/** The fields that mail links and redeem them. */
@Resolver()
export class RecoveryResolver {
  constructor(private readonly use: RecoveryUseCases) {}

  @Mutation(() => Boolean, {
    description:
      'Mails the owner of an account a link for a new password. Always true, whether the account exists or not.',
  })
  async requestPasswordReset(
    @Arg('account', () => String, { description: 'The user name or the e-mail address.' }) account: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await this.use.requestPasswordReset(account, context.origin);
    return true;
  }

  @Credential('code')
  @Mutation(() => Boolean, {
    description:
      'Sets a new password by the token of a mailed link, or by its code and the account. Ends all sessions; second factors stay.',
  })
  async resetPassword(
    @Arg('token', () => String, { nullable: true }) token: string | null,
    @Arg('code', () => String, { nullable: true }) code: string | null,
    @Arg('account', () => String, { nullable: true }) account: string | null,
    @Arg('newPassword', () => String) newPassword: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await this.use.resetPassword({ token, code, account }, newPassword, context.origin);
    return true;
  }

  @Mutation(() => Boolean, { description: "Mails a link and a code that verify the caller's e-mail address." })
  async requestEmailVerification(@Ctx() context: Context): Promise<boolean> {
    await this.use.requestEmailVerification(await context.principal(), context.origin);
    return true;
  }

  @Credential('code')
  @Mutation(() => Boolean, {
    description:
      'Verifies an e-mail address, or completes a change of it, by the token of a mailed link, or by its code and the account.',
  })
  async verifyEmail(
    @Arg('token', () => String, { nullable: true }) token: string | null,
    @Arg('code', () => String, { nullable: true }) code: string | null,
    @Arg('account', () => String, { nullable: true, description: 'Not needed for the account of the caller.' })
    account: string | null,
    @Ctx() context: Context,
  ): Promise<boolean> {
    // The code alone is enough for the account of the caller.
    const isOwn = token == null && account == null && code != null;
    const named = isOwn ? (await context.principal()).user.username : account;
    await this.use.verifyEmail({ token, code, account: named }, context.origin);
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "Mails a link to a new address of the caller's account. The change is in force when the new address confirms it. Always true.",
  })
  async changeEmail(@Arg('email', () => String) email: string, @Ctx() context: Context): Promise<boolean> {
    await this.use.changeEmail(email, await context.principal(), context.origin);
    return true;
  }

  @Credential('code')
  @Mutation(() => Boolean, {
    description:
      'Restores the former e-mail address by the link that it got. The password stops working, and all sessions end.',
  })
  async undoEmailChange(
    @Arg('token', () => String) token: string,
    @Arg('code', () => String, { nullable: true }) code: string | null,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await this.use.undoEmailChange({ token, code }, context.origin);
    return true;
  }

  @Mutation(() => Invitation, {
    description: 'Invites a person to a new account. Sends a new link to a person who has not accepted yet.',
  })
  async inviteUser(
    @Arg('input', () => InviteUserInput) input: InviteUserInput,
    @Ctx() context: Context,
  ): Promise<Invitation> {
    const wanted = { ...input, role: input.role ?? 'user' };
    const { user, ...link } = await this.use.invitations.invite(wanted, await context.by());
    return { ...link, user: toLiveUser(user) };
  }

  @Credential('code')
  @Mutation(() => Boolean, { description: 'Accepts an invitation, and sets the first password of the account.' })
  async acceptInvitation(
    @Arg('token', () => String) token: string,
    @Arg('code', () => String, { nullable: true }) code: string | null,
    @Arg('password', () => String) password: string,
    @Ctx() context: Context,
  ): Promise<boolean> {
    await this.use.invitations.accept({ token, code }, password, context.origin);
    return true;
  }

  @Mutation(() => PasswordResetLink, { description: 'Sends a person the link for a new password.' })
  async sendPasswordReset(
    @Arg('username', () => String) username: string,
    @Ctx() context: Context,
  ): Promise<PasswordResetLink> {
    return this.use.sendPasswordReset(username, await context.by());
  }
}
