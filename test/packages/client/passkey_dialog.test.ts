import { describe, expect, it } from '@jest/globals';
import { createPasskeyDialog, hasAutofill } from '../../../packages/client/src/passkey_dialog.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const REQUEST = {
  challenge: '-_8A',
  rpId: 'id',
  allowCredentials: [{ id: 'AQID', type: 'public-key', transports: ['usb'] }],
};
const CREATION = {
  challenge: '-_8A',
  rp: { id: 'auth.example', name: 'Gatehouse' },
  user: { id: 'AQID', name: 'kandi', displayName: 'Kandi' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  excludeCredentials: [{ id: 'AQID', type: 'public-key' }],
  timeout: 60_000,
};

/** The platform of a browser of early 2024, which neither reads options nor writes credentials as JSON. */
function openOld(credential: object | null) {
  const asked: any[] = [];
  const answer = async (options: object) => (asked.push(options), credential as never);
  const dialog = createPasskeyDialog({
    navigator: { credentials: { get: answer, create: answer } },
    PublicKeyCredential: {},
  });
  return { dialog, asked };
}

const signed = {
  id: '-_8A',
  rawId: bytes(251, 255, 0).buffer,
  type: 'public-key',
  authenticatorAttachment: 'platform',
  response: {
    clientDataJSON: bytes(1).buffer,
    authenticatorData: bytes(2).buffer,
    signature: bytes(3).buffer,
    userHandle: null,
  },
  getClientExtensionResults: () => ({ credProps: { rk: true } }),
};

describe('the passkey dialog', () => {
  it('reads and writes JSON where the browser does not', async () => {
    const { dialog, asked } = openOld(signed);
    expect(await dialog.get(REQUEST)).toEqual({
      id: '-_8A',
      rawId: '-_8A',
      type: 'public-key',
      authenticatorAttachment: 'platform',
      response: { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: 'Aw' },
      clientExtensionResults: { credProps: { rk: true } },
    });
    const credential = { id: bytes(1, 2, 3), type: 'public-key', transports: ['usb'] };
    expect(asked).toEqual([
      { publicKey: { challenge: bytes(251, 255, 0), rpId: 'id', allowCredentials: [credential] } },
    ]);
  });

  it('makes a new one, with its transports', async () => {
    const { dialog, asked } = openOld({
      ...signed,
      response: {
        clientDataJSON: bytes(1).buffer,
        attestationObject: bytes(2).buffer,
        getTransports: () => ['internal', 'hybrid'],
      },
    });
    expect(await dialog.create(CREATION)).toMatchObject({
      response: { clientDataJSON: 'AQ', attestationObject: 'Ag', transports: ['internal', 'hybrid'] },
    });
    expect(asked).toEqual([
      {
        publicKey: {
          ...CREATION,
          challenge: bytes(251, 255, 0),
          user: { ...CREATION.user, id: bytes(1, 2, 3) },
          excludeCredentials: [{ id: bytes(1, 2, 3), type: 'public-key' }],
        },
      },
    ]);
  });

  it("uses the browser's own JSON where there is one", async () => {
    const PublicKeyCredential = {
      parseRequestOptionsFromJSON: (options: unknown) => ({ read: options }),
      parseCreationOptionsFromJSON: (options: unknown) => ({ created: options }),
    };
    const asked: object[] = [];
    const answer = async (options: object) => (asked.push(options), { toJSON: () => 'written' } as never);
    const dialog = createPasskeyDialog({
      navigator: { credentials: { get: answer, create: answer } },
      PublicKeyCredential,
    });
    expect([await dialog.get(REQUEST), await dialog.create(CREATION)]).toEqual(['written', 'written']);
    expect(asked).toEqual([{ publicKey: { read: REQUEST } }, { publicKey: { created: CREATION } }]);
  });

  it('offers passkeys in the autofill of a form until the signal ends it', async () => {
    const { dialog, asked } = openOld(signed);
    const { signal } = new AbortController();
    await dialog.get(REQUEST, { autofill: true, signal });
    expect(asked[0]).toMatchObject({ mediation: 'conditional', signal });
  });

  it.each<[string, () => ReturnType<typeof createPasskeyDialog>, string]>([
    ['in a program', () => createPasskeyDialog({}), 'This platform has no passkeys'],
    ['on plain HTTP', () => createPasskeyDialog({ navigator: {} }), 'This platform has no passkeys'],
    ['if the browser gives none', () => openOld(null).dialog, 'The browser gave no passkey'],
    [
      'if its user declines',
      () => {
        const decline = () => Promise.reject(new Error('NotAllowedError'));
        return createPasskeyDialog({
          navigator: { credentials: { get: decline, create: decline } },
          PublicKeyCredential: {},
        });
      },
      'The browser gave no passkey',
    ],
  ])('fails %s', async (_why, open, message) => {
    await expect(open().get(REQUEST)).rejects.toMatchObject({ code: 'PASSKEY_FAILED', message });
    await expect(open().create(CREATION)).rejects.toMatchObject({ code: 'PASSKEY_FAILED', message });
  });

  it('says whether forms can offer passkeys', async () => {
    const available = (answer: () => Promise<boolean>) =>
      hasAutofill({ PublicKeyCredential: { isConditionalMediationAvailable: answer } });
    expect(await available(async () => true)).toBe(true);
    expect(await available(() => Promise.reject(new Error('no')))).toBe(false);
    expect([await hasAutofill({}), await hasAutofill({ PublicKeyCredential: {} })]).toEqual([false, false]);
  });
});
