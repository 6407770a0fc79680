const FIELDS =
  /\b(login|refresh|logout|completeLogin|startPasskeyLogin|loginWithPasskey|reauthenticate|startPasskey|addPasskey|removeTotp)\b(?=[\s({])/;

/** The part of a gateway that the tabs of one browser see: one cookie for all of them. */
export class FakeGateway {
  /** The user and the session of the cookie. */
  cookie: { username: string; session: string } | undefined;
  /** The operations in their order; for a sign-out also the sessions that it could end. */
  readonly asked: { readonly what: string; readonly cookie: boolean; readonly token: string | null }[] = [];
  /** The requested deliveries of the refresh token at sign-ins. */
  readonly deliveries: unknown[] = [];
  /** Delays an operation or makes it fail. */
  treat: (what: string, variables: any, token: string) => Promise<Response | undefined> = async () => undefined;
  #made = 0;
  /** The number of reauthentications, in place of the time of the last one. */
  #confirmed = 0;
  /** Returns whether an operation accepts a token: one of a reauthentication. */
  isFresh = (token: string) => /"auth_time":[1-9]/.test(atob(token.split('.')[1] ?? ''));

  readonly fetch: typeof fetch = async (input, init) => {
    const body = input instanceof Request ? await input.text() : (init?.body as string);
    const { query, variables } = JSON.parse(body) as { query: string; variables: any };
    const what = FIELDS.exec(query)![1]!;
    const cookie = init?.credentials === 'include';
    const token = new Headers(input instanceof Request ? input.headers : init?.headers).get('authorization');
    this.asked.push({ what, cookie, token });
    const treated = await this.treat(what, variables, token ?? '');
    if (treated) return treated;
    if (what === 'logout') {
      if (cookie) this.cookie = undefined;
      return Response.json({ data: { logout: true } });
    }
    if (what === 'login') this.deliveries.push(variables.delivery);
    if (what === 'startPasskeyLogin' || what === 'startPasskey') {
      return Response.json({ data: { asked: { challenge: 'Y2hhbGxlbmdl', options: { challenge: 'Y2hhbGxlbmdl' } } } });
    }
    if (what === 'reauthenticate') this.#confirmed += 1;
    if (what === 'completeLogin' || what === 'loginWithPasskey')
      this.cookie = { username: 'kandi', session: `session ${++this.#made}` };
    if (what === 'login') this.cookie = { username: variables.username, session: `session ${++this.#made}` };
    if (!this.cookie) return refused();
    return Response.json({ data: { tokens: this.token(this.cookie) } });
  };

  times(what: string): number {
    return this.asked.filter((one) => one.what === what).length;
  }

  token({ username, session }: { username: string; session: string }) {
    const claims = { sub: username, role: 'user', sid: session, jti: ++this.#made, auth_time: this.#confirmed };
    return { accessToken: `h.${btoa(JSON.stringify(claims))}.s`, expiresIn: 1800, refreshToken: null };
  }
}

/** Returns the response that refuses an operation. */
export const refuse = (extensions: object, path?: readonly string[]) =>
  Response.json({ errors: [{ message: 'no', extensions, ...(path && { path }) }] }, { status: 401 });
const refused = () => refuse({ code: 'UNAUTHENTICATED' });
export const away = async () => new Response('', { status: 503 });

/** The browser APIs that Node does not have. */
const platform = globalThis as unknown as Record<string, unknown>;

export interface FakePage {
  /** Simulates the browser's event when the network returns. */
  comeOnline(): void;
  /** Removes the browser APIs. */
  leave(): void;
}

/** Gives this process the APIs of a page, with an empty localStorage. */
export function enterPage(): FakePage {
  const kept = new Map<string, string>();
  const online = new Set<() => void>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const parts: Record<string, unknown> = {
    document: { visibilityState: 'visible', addEventListener() {}, removeEventListener() {} },
    addEventListener: (_type: string, listener: () => void) => void online.add(listener),
    removeEventListener: (_type: string, listener: () => void) => void online.delete(listener),
    localStorage,
  };
  for (const [name, value] of Object.entries(parts)) {
    Object.defineProperty(globalThis, name, { configurable: true, value });
  }
  return {
    comeOnline: () => [...online].forEach((listener) => listener()),
    leave: () => Object.keys(parts).forEach((name) => delete platform[name]),
  };
}
