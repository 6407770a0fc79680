import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { LoginDocument, RefreshDocument } from '../../../schema/documents.ts';
import { describeOnStores, type Instance, startInstance } from '../../support/instance.ts';
import { createUser, type Person } from '../../support/accounts.ts';

const GRACE_SECONDS = 10;
const PAGE = 'https://app.example.com';
const BROWSER = { origin: PAGE, 'user-agent': 'Firefox' };

/** Tabs share one cookie jar: the last response to any of them sets the cookie of all. */
describeOnStores('tabs that share a cookie', (stores) => {
  let now = Date.now();
  let first: Instance;
  let second: Instance;
  let kandi: Person;
  beforeAll(async () => {
    first = await startInstance({
      stores,
      clock: () => now,
      env: { CORS_ORIGINS: PAGE, REFRESH_GRACE_SECONDS: String(GRACE_SECONDS), PUBLIC_URL: 'https://auth.example' },
    });
    second = await first.replica();
  });
  afterAll(async () => {
    await second.stop();
    await first.close();
  });
  beforeEach(async () => {
    kandi = await createUser(first);
  });

  /** Returns the cookies of a response, by name and value. */
  const cookiesOf = ({ headers }: { headers: Headers }) =>
    headers
      .getSetCookie()
      .filter((cookie) => cookie.startsWith('__Host-gatehouse_refresh='))
      .map((cookie) => cookie.split(';')[0]!);

  const signIn = async () => {
    const variables = { ...kandi, delivery: 'COOKIE' as const };
    return cookiesOf(await first.client.send(LoginDocument, variables, { headers: BROWSER }))[0]!;
  };
  const refresh = (cookie: string, { client } = first, headers: Record<string, string> = BROWSER) =>
    client.send(RefreshDocument, {}, { headers: { ...headers, cookie } });

  it('all end up with the one successor, whichever replica answers them', async () => {
    const cookie = await signIn();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, tab) => refresh(cookie, tab % 2 ? first : second)),
    );
    expect(answers.map(({ refusal }) => refusal)).toEqual(Array(20).fill(undefined));
    const cookies = new Set(answers.flatMap(cookiesOf));
    expect(cookies.size).toBe(1);
    expect((await refresh([...cookies][0]!)).refusal).toBeUndefined();
  });

  it('keep it when one of them is refused, however late it comes', async () => {
    const cookie = await signIn();
    const [successor] = cookiesOf(await refresh(cookie));
    await refresh(successor!);
    now += (GRACE_SECONDS + 1) * 1000;
    for (const shown of [cookie, successor!, `${cookie.split('=')[0]}=nonsense`]) {
      const late = await refresh(shown, second);
      expect(late.refusal).toBe('UNAUTHENTICATED');
      expect(cookiesOf(late)).toEqual([]);
    }
  });
});
