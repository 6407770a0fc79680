import { createHash, randomBytes } from 'node:crypto';
import type { RequestInfo } from '../../src/kernel/request_info.ts';
import type { Authorizations, Interaction } from '../../src/application/oauth/authorizations.ts';
import type { PasswordCredentials } from '../../src/application/authentication/steps/password.ts';
import type { FormAnswer } from './http_client.ts';
import type { Instance } from './instance.ts';
import { noteSecrets } from './log_file.ts';
import { adminToken, type Person } from './accounts.ts';

export interface Registered {
  readonly id: string;
  /** Null for a public client. */
  readonly secret: string | null;
  readonly redirectUri: string;
}

export interface Registration {
  readonly name?: string;
  readonly public?: boolean;
  readonly pkce?: boolean;
  readonly redirectUris?: readonly string[];
  readonly grantTypes?: readonly string[];
  readonly scopes?: readonly string[];
}

/** Values that are no list of scopes (RFC 6749, section 3.3), or that do not fit into a token. */
export const NO_SCOPES: [title: string, scope: string][] = [
  ['a quote', '"'],
  ['a quote inside', 'a"b'],
  ['a backslash', 'a\\b'],
  ['a tab', 'a\tb'],
  ['two lines', 'account\nusers:read'],
  ['NUL', '\0'],
  ['no ASCII', 'é'],
  ['a thousand characters and one', 'a'.repeat(1001)],
];

export const CALLBACK = 'https://app.example/callback';

/** Registers a client that no other test uses, as the admin. Default: for codes and refreshes. */
export async function registerClient(instance: Instance, input: Registration = {}): Promise<Registered> {
  const grantTypes = input.grantTypes ?? ['authorization_code', 'refresh_token'];
  const redirectUris = input.redirectUris ?? (grantTypes.includes('authorization_code') ? [CALLBACK] : []);
  const { data, errors } = await instance.client.ask(
    'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id } secret } }',
    {
      token: await adminToken(instance),
      variables: { input: { name: 'An app', scopes: ['account'], ...input, grantTypes, redirectUris } },
    },
  );
  if (errors) throw new Error(`createClient: ${JSON.stringify(errors)}`);
  const { client, secret } = data.createClient;
  noteSecrets(secret);
  return { id: client.id, secret, redirectUri: redirectUris[0] ?? '' };
}

/** Returns the header of a client's authentication (RFC 6749, section 2.3.1). */
export function basic({ id, secret }: Pick<Registered, 'id' | 'secret'>): Record<string, string> {
  const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret ?? '')}`;
  const shown = Buffer.from(pair).toString('base64');
  noteSecrets(shown);
  return { authorization: `Basic ${shown}` };
}

/** Creates a verifier and its S256 challenge (RFC 7636). */
export function pkce(verifier = randomBytes(32).toString('base64url')): { verifier: string; challenge: string } {
  noteSecrets(verifier);
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** The consent page in a browser. */
export interface ConsentPage {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  readonly transaction: string;
  readonly csrf: string;
  /** The interaction cookie to send back. */
  readonly cookie: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** The parameters of the redirect; undefined without a redirect. */
  readonly sent: URLSearchParams | undefined;
  readonly location: string | null;
}

/** Uses the authorization endpoint as a browser without scripts does. */
export function createBrowserOf({ url }: Pick<Instance, 'url'>) {
  const answerOf = async (response: Response): Promise<Answer> => {
    const location = response.headers.get('location');
    // Our own redirects are relative, and are not a response to the app.
    const sent = location !== null && URL.canParse(location) ? new URL(location).searchParams : undefined;
    noteSecrets(sent?.get('code'));
    return { status: response.status, headers: response.headers, html: await response.text(), sent, location };
  };
  const parametersOf = (client: Registered, challenge: string, more: Record<string, string> = {}) => ({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'the state',
    ...more,
  });

  async function visit(query: Record<string, string> | string, cookie?: string): Promise<Answer> {
    const text = typeof query === 'string' ? query : new URLSearchParams(query).toString();
    const headers = cookie === undefined ? {} : { cookie };
    return answerOf(await fetch(`${url}/authorize?${text}`, { redirect: 'manual', headers }));
  }

  /** Arrives from a client; fails the test if that is refused. */
  async function open(query: Record<string, string>, cookie?: string): Promise<ConsentPage> {
    return pageOf(await visit(query, cookie));
  }

  function pageOf({ status, headers, html }: Answer): ConsentPage {
    if (status !== 200) throw new Error(`GET /authorize: ${status} ${headers.get('location') ?? html}`);
    const set = headers.getSetCookie()[0]!.split(';')[0]!;
    const [transaction, csrf] = [field(html, 'transaction'), field(html, 'csrf')];
    noteSecrets(transaction, csrf, set.split('=')[1]);
    return { status, headers, html, transaction, csrf, cookie: set };
  }

  /** Sends a page's form. */
  async function send(
    page: Pick<ConsentPage, 'transaction' | 'csrf' | 'cookie'>,
    fields: Record<string, string>,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const sent = { origin: url, cookie: page.cookie, ...headers };
    const body = new URLSearchParams({ transaction: page.transaction, csrf: page.csrf, ...fields });
    return answerOf(
      await fetch(`${url}/authorize`, {
        method: 'POST',
        redirect: 'manual',
        headers: Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)) as Record<
          string,
          string
        >,
        body,
      }),
    );
  }

  /** Signs in on the first page. Returns the response, and the second page if there is one. */
  async function signIn(
    page: Pick<ConsentPage, 'transaction' | 'csrf' | 'cookie'>,
    { username, password }: Person,
    headers: Record<string, string | undefined> = {},
  ): Promise<{ answer: Answer; page?: ConsentPage }> {
    const answer = await send(page, { decision: 'sign-in', username, password }, headers);
    const path = /^authorize\?(.*)$/.exec(answer.location ?? '');
    if (!path) return { answer };
    const kept = answer.headers
      .getSetCookie()
      .map((set) => set.split(';')[0]!)
      .find((pair) => pair.includes('gatehouse_signed_in'))!;
    noteSecrets(kept.slice(kept.indexOf('=') + 1));
    return { answer, page: pageOf(await visit(path[1]!, `${page.cookie}; ${kept}`)) };
  }

  /** Signs in and consents. Returns the last response: the consent's, or the sign-in's if it fails. */
  async function submit(
    page: Pick<ConsentPage, 'transaction' | 'csrf' | 'cookie'>,
    person: Person,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const { answer, page: consent } = await signIn(page, person, headers);
    return consent ? send(consent, { decision: 'allow' }, headers) : answer;
  }

  /** Does all steps up to a code. */
  async function allow(
    client: Registered,
    person: Person,
    more: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    const { verifier, challenge } = pkce();
    const page = await open(parametersOf(client, challenge, more));
    const answer = await submit(page, { username: person.username, password: person.password }, headers);
    const code = answer.sent?.get('code');
    if (!code) throw new Error(`POST /authorize: ${answer.status} ${answer.location ?? answer.html}`);
    return { code, verifier, answer };
  }

  return { visit, open, send, signIn, submit, allow, parametersOf };
}

export type BrowserOf = ReturnType<typeof createBrowserOf>;

/** Signs a user in and consents without the pages. */
export async function allowAs(
  { authorizations }: { readonly authorizations: Authorizations },
  interaction: Interaction,
  by: { readonly credentials: PasswordCredentials; readonly origin: RequestInfo },
): Promise<string> {
  const { credentials, origin } = by;
  const { person } = await authorizations.signIn(interaction, credentials, origin);
  return authorizations.allow({ ...interaction, person }, origin);
}

/** Exchanges a code as its client does. @param more may have faults */
export async function exchange(
  instance: Pick<Instance, 'client'>,
  client: Registered,
  { code, verifier }: { readonly code: string; readonly verifier: string },
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<FormAnswer> {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUri, code_verifier: verifier };
  return client.secret === null
    ? instance.client.form('/token', { client_id: client.id, ...fields, ...more }, headers)
    : instance.client.form('/token', { ...fields, ...more }, { ...basic(client), ...headers });
}

function field(html: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
  if (value === undefined) throw new Error(`no field ${name} in the page`);
  return value;
}
