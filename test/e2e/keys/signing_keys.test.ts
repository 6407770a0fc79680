import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { RetireSigningKeyDocument, RotateSigningKeysDocument, SigningKeysDocument } from '../../../schema/documents.ts';
import { type Instance, startInstance } from '../../support/instance.ts';
import { adminToken, createUser } from '../../support/accounts.ts';

describe('signing keys, for admins', () => {
  let now = Date.now();
  let gatehouse: Instance;
  beforeAll(async () => {
    gatehouse = await startInstance({ clock: () => now, env: { ALGORITHM: 'ES256' } });
  });
  afterAll(() => gatehouse.close());

  const list = async (token: string) =>
    (await gatehouse.client.send(SigningKeysDocument, {}, { token })).data!.signingKeys;
  const rotate = (token: string, at: boolean | null = null) =>
    gatehouse.client.send(RotateSigningKeysDocument, { now: at }, { token });
  const retire = (token: string, kid: string) => gatehouse.client.send(RetireSigningKeyDocument, { kid }, { token });
  const signerOf = (token: string) => decodeProtectedHeader(token).kid;
  const published = async () => {
    const { keys } = await (await fetch(`${gatehouse.url}/.well-known/jwks.json`)).json();
    return keys.map(({ kid }: { kid: string }) => kid).sort();
  };
  const eventsOf = (kid: string) =>
    gatehouse.sql(`select type, actor from audit_events where subject = 'key:${kid}' and actor is not null`);

  it('are listed with their states, and never with their secrets', async () => {
    const token = await adminToken(gatehouse);
    const keys = await list(token);
    expect(keys.map(({ state }) => state).sort()).toEqual(['CURRENT', 'NEXT']);
    for (const { algorithm, since } of keys) expect([algorithm, Date.parse(since)]).toEqual(['ES256', now]);
    expect(keys.map(({ kid }) => kid).sort()).toEqual(await published());
    const { refusal } = await gatehouse.client.ask('{ signingKeys { sealedPrivateJwk } }', { token });
    expect(refusal).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('are rotated once caches know the next one, here at once', async () => {
    const token = await adminToken(gatehouse);
    const next = (await list(token)).find(({ state }) => state === 'NEXT')!.kid;
    const early = await rotate(token);
    expect(early.errors?.[0]).toMatchObject({
      extensions: { code: 'CONFLICT', fields: [{ field: 'now', code: 'TOO_EARLY', seconds: 360 }] },
    });
    now += 361_000;
    const { data } = await rotate(token);
    expect(data!.rotateSigningKeys).toContainEqual(expect.objectContaining({ kid: next, state: 'CURRENT' }));
    expect(data!.rotateSigningKeys.map(({ state }) => state).sort()).toEqual(['CURRENT', 'NEXT', 'RETIRING']);
    const later = await adminToken(gatehouse);
    expect([signerOf(later), signerOf(token)]).toEqual([next, expect.not.stringContaining(next)]);
    // Tokens of the earlier key are still valid.
    expect((await gatehouse.client.me(token)).refusal).toBeUndefined();
    expect(await published()).toEqual(data!.rotateSigningKeys.map(({ kid }) => kid).sort());
    expect(await eventsOf(next)).toEqual([{ type: 'key.rotated', actor: 'admin' }]);
  });

  it('are rotated at once where somebody insists', async () => {
    const token = await adminToken(gatehouse);
    expect((await rotate(token, false)).refusal).toBe('CONFLICT');
    const { data } = await rotate(token, true);
    expect(data!.rotateSigningKeys.find(({ state }) => state === 'CURRENT')!.kid).toBe(
      signerOf(await adminToken(gatehouse)),
    );
  });

  // Threat: a thief of the private key signs any token, so honest users' tokens must end with the key.
  it("are retired with every token that they signed, the requester's too", async () => {
    const token = await adminToken(gatehouse);
    const kid = signerOf(token)!;
    const { data, errors } = await retire(token, kid);
    expect(errors).toBeUndefined();
    expect(data!.retireSigningKey.map((key) => key.kid)).not.toContain(kid);
    expect((await gatehouse.client.me(token)).refusal).toBe('UNAUTHENTICATED/INVALID');
    const next = await adminToken(gatehouse);
    expect(signerOf(next)).not.toBe(kid);
    expect((await gatehouse.client.me(next)).refusal).toBeUndefined();
    expect(await published()).not.toContain(kid);
    expect(await eventsOf(kid)).toContainEqual({ type: 'key.retired', actor: 'admin' });
    expect((await retire(next, kid)).errors?.[0]).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', fields: [{ field: 'kid', code: 'NOT_FOUND' }] },
    });
  });

  it('are nothing to users, nor to programs that were given other scopes', async () => {
    const scoped = async (scope: string) =>
      (await gatehouse.client.form('/token', { ...gatehouse.admin, scope })).body.access_token as string;
    const kandi = await createUser(gatehouse);
    const { accessToken } = await gatehouse.client.login(kandi.username, kandi.password);
    const before = await published();
    for (const token of [accessToken, await scoped('users:write audit:read clients')]) {
      for (const answer of [
        await gatehouse.client.send(SigningKeysDocument, {}, { token }),
        await rotate(token, true),
        await retire(token, before[0]),
      ]) {
        expect([answer.data ?? null, answer.refusal]).toEqual([null, 'FORBIDDEN']);
      }
    }
    expect(await published()).toEqual(before);
    expect((await rotate(await scoped('keys'), true)).refusal).toBeUndefined();
  });

  it('are none of HS256, which says what to do instead', async () => {
    const shared = await startInstance();
    try {
      const token = await adminToken(shared);
      expect((await shared.client.send(SigningKeysDocument, {}, { token })).data).toEqual({ signingKeys: [] });
      const { errors } = await shared.client.send(RotateSigningKeysDocument, { now: true }, { token });
      expect(errors?.[0]).toMatchObject({
        message: expect.stringContaining('JWT_SECRET_KEY_PREVIOUS'),
        extensions: { code: 'BAD_USER_INPUT' },
      });
    } finally {
      await shared.close();
    }
  });
});
