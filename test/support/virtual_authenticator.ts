import type { Page } from 'playwright-core';

/** An authenticator of the browser itself, whose user confirms everything at once. */
export interface VirtualAuthenticator {
  /** Returns the number of its passkeys. */
  count(): Promise<number>;
  /** Makes its user refuse or confirm. */
  setConfirms(confirms: boolean): Promise<void>;
  /** Lets its user be away: requests then wait. */
  setPresent(present: boolean): Promise<void>;
}

/** Adds an authenticator to a page. It keeps its passkeys until the page is closed. */
export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    count: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    async setConfirms(confirms) {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: confirms });
    },
    async setPresent(enabled) {
      await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
  };
}
