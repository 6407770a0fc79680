import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  AcceptInvitationDocument,
  CreateUserDocument,
  DeleteUserDocument,
  InviteUserDocument,
  RequestPasswordResetDocument,
  SetUserRoleDocument,
  UserDocument,
} from '../../../schema/documents.ts';
import { adminToken, createUser } from '../../support/accounts.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { noteSecrets } from '../../support/log_file.ts';
import { type Mailboxes, startMailboxes } from '../../support/mailbox.ts';

describeOnStores('an invitation', (stores) => {
  let mailboxes: Mailboxes;
  let gatehouse: Instance;
  let admin: string;
  let input: { username: string; email: string };
  let password: string;
  beforeAll(async () => {
    mailboxes = await startMailboxes();
    gatehouse = await startInstance({ stores, env: { ...mailboxes.env } });
    admin = await adminToken(gatehouse);
  });
  afterAll(async () => {
    await gatehouse.close();
    await mailboxes.close();
  });
  beforeEach(() => {
    const username = `guest.${randomBytes(5).toString('hex')}`;
    input = { username, email: `${username}@example.com` };
    password = `the password of ${username}`;
    noteSecrets(password);
  });

  const invite = (more = {}, token = admin) =>
    gatehouse.client.send(InviteUserDocument, { input: { ...input, ...more } }, { token });
  const accept = async (token: string, given = password) => {
    const { data, errors } = await gatehouse.client.send(AcceptInvitationDocument, { token, password: given });
    return data?.acceptInvitation === true ? 'done' : errors![0]!.message;
  };
  const signIn = async (given = password) =>
    (await gatehouse.client.tryLogin(input.username, given)).refusal ?? 'signed in';

  it('opens the account with the password that the person chooses, and verifies the address', async () => {
    const { data } = await invite({ fullName: 'A Guest' });
    expect(data!.inviteUser).toMatchObject({
      link: null,
      code: null,
      user: { username: input.username, role: 'user' },
    });
    expect(await signIn()).toBe('UNAUTHENTICATED');
    const { token, text } = await mailboxes.next(input.email, 'invitation');
    expect(text).toContain('admin');
    expect(await accept(token, 'short')).toMatch(/^password: must be at least 12/);
    expect(await accept(token)).toBe('done');
    expect(await signIn()).toBe('signed in');
    const found = await gatehouse.client.send(UserDocument, { username: input.username }, { token: admin });
    expect(found.data!.user).toMatchObject({ emailVerified: true });
    expect(await accept(token, 'another password of mine')).toMatch(/^The link or the code/);
    expect(await signIn()).toBe('signed in');
  });

  it('is sent again, which voids the earlier link', async () => {
    await invite();
    const first = await mailboxes.next(input.email, 'invitation');
    await invite();
    const second = await mailboxes.next(input.email, 'invitation', 2);
    expect(await accept(first.token)).toMatch(/^The link or the code/);
    expect(await accept(second.token)).toBe('done');
    // The account exists now: it cannot be invited again.
    expect((await invite()).faults).toEqual(['username TAKEN']);
  });

  it('keeps the name, and tells admins of one that is taken', async () => {
    await invite();
    const account = { ...input, password };
    expect((await gatehouse.client.send(CreateUserDocument, { input: account }, { token: admin })).faults).toEqual([
      'username TAKEN',
    ]);
    expect((await invite({ email: `other.${input.email}` })).faults).toEqual(['username TAKEN']);
    expect((await invite({ username: `other.${input.username}` })).faults).toEqual(['email TAKEN']);
  });

  it('ends with its account, and after its time', async () => {
    await invite();
    const { token } = await mailboxes.next(input.email, 'invitation');
    await gatehouse.sql(`update proofs set expires_at = now() where purpose = 'invitation'`);
    expect(await accept(token)).toMatch(/^The link or the code/);
    await invite();
    const again = await mailboxes.next(input.email, 'invitation', 2);
    await gatehouse.client.send(DeleteUserDocument, { username: input.username }, { token: admin });
    expect(await accept(again.token)).toMatch(/^The link or the code/);
  });

  it('is of no use before it is accepted: no reset is mailed', async () => {
    await invite();
    await mailboxes.next(input.email, 'invitation');
    await gatehouse.client.send(RequestPasswordResetDocument, { account: input.email });
    const other = await createUser(gatehouse);
    await gatehouse.client.send(RequestPasswordResetDocument, { account: other.username });
    await mailboxes.next(`${other.username}@example.com`, 'reset-password');
    expect(mailboxes.of(input.email)).toHaveLength(1);
  });

  it('does not count as an admin who could replace the last one', async () => {
    await invite({ role: 'admin' });
    const demotion = await gatehouse.client.send(
      SetUserRoleDocument,
      { username: 'admin', role: 'user' },
      { token: admin },
    );
    expect(demotion.faults).toEqual(['username LAST_ADMIN']);
  });

  it('is sent by admins alone', async () => {
    const { username, password: own } = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(username, own);
    expect((await invite({}, accessToken)).refusal).toBe('FORBIDDEN');
  });
});
