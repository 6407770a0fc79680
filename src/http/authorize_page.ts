import type { Response } from 'express';
import { digest } from '../kernel/secret.ts';
import type { Transaction } from '../signin/authorizations.ts';
import { parseScope } from '../signin/scopes.ts';
import { SCOPES } from '../graphql/rules.ts';
import { Html, html } from './html.ts';
import type { FormFields } from './interaction.ts';

const STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; background: #f4f5f7; color: #1c1e21 }
main { box-sizing: border-box; max-width: 28rem; margin: 6vh auto; padding: 1.5rem 1.5rem 1rem; background: #fff; border: 1px solid #d9dce1; border-radius: 8px }
h1 { font-size: 1.25rem; margin: 0 0 1rem; overflow-wrap: anywhere }
p, ul { margin: 0 0 1rem; overflow-wrap: anywhere }
ul { padding-left: 1.25rem }
label { display: block; font-weight: 600 }
input { box-sizing: border-box; width: 100%; margin: 0 0 1rem; padding: .5rem; font: inherit; border: 1px solid #767b84; border-radius: 4px }
button { margin: 0 .5rem 1rem 0; padding: .5rem 1.25rem; font: inherit; border: 1px solid #1257c0; border-radius: 4px; background: #fff; color: #1257c0 }
button[value=allow] { background: #1257c0; color: #fff }
[role=alert] { padding: .5rem .75rem; border-left: 4px solid #b3261e; background: #fdecea }
small { color: #4a4f57 }
@media (prefers-color-scheme: dark) {
  body { background: #17191c; color: #e8eaed }
  main { background: #22252a; border-color: #3a3f47 }
  input { background: #17191c; color: inherit }
  button { background: transparent; color: #8ab4f8; border-color: #8ab4f8 }
  button[value=allow] { background: #8ab4f8; color: #17191c }
  [role=alert] { background: #3b1f1d }
  small { color: #a9afb8 }
}
`;
/** The one style this page knows: an injected one has another hash. Each blank counts, and so it is no template's. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);
const STYLE_SOURCE = `'sha256-${digest(STYLE).toString('base64')}'`;

const AUTOFOCUS = new Html('autofocus');

/** What the form carries beside what the person types. */
export interface ConsentForm {
  readonly transaction: Transaction;
  readonly fields: FormFields;
  /** What was typed as a name before; never a password. */
  readonly username?: string;
  /** What went wrong with the last try. */
  readonly alert?: string;
}

/** Asks a person to sign in and allow it, in one form that needs no script. */
export function sendConsent(response: Response, status: number, form: ConsentForm): void {
  const { client, request } = form.transaction;
  const scopes = request.scope === null ? client.scopes : parseScope(request.scope);
  const username = form.username ?? '';
  send(
    response,
    status,
    `Sign in to ${client.name}`,
    html`<h1>Sign in to ${client.name}</h1>
      ${form.alert === undefined ? [] : html`<p role="alert">${form.alert}</p>`} ${describeScopes(client.name, scopes)}
      <form method="post" action="authorize">
        <input type="hidden" name="transaction" value="${form.fields.transaction}" />
        <input type="hidden" name="csrf" value="${form.fields.csrf}" />
        <label for="username">User name</label>
        <input
          id="username"
          name="username"
          value="${username}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          ${username === '' ? AUTOFOCUS : []}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          ${username === '' ? [] : AUTOFOCUS}
        />
        <button name="decision" value="allow">Allow</button>
        <button name="decision" value="deny" formnovalidate>Deny</button>
      </form>
      <p><small>You go on to ${placeOf(request.redirectUri)}.</small></p>`,
  );
}

/** Says why this goes no further. There is nowhere to send the browser that would be safe. */
export function sendProblem(response: Response, status: number, problem: string): void {
  send(
    response,
    status,
    'Signing in',
    html`<h1>This cannot go on</h1>
      <p role="alert">${problem}</p>`,
  );
}

function describeScopes(name: string, scopes: readonly string[]): Html {
  if (scopes.length === 0) return html`<p>${name} asks who you are, and for nothing else.</p>`;
  return html`<p>${name} asks for this, as far as your account may do it:</p>
    <ul>
      ${scopes.map((scope) => html`<li>${wordsOf(scope)}</li>`)}
    </ul>`;
}

/** A scope of ours in words; one of another service as it is spelt. */
function wordsOf(scope: string): string {
  if (scope === '*') return 'Everything that your account may do';
  return Object.hasOwn(SCOPES, scope) ? SCOPES[scope as keyof typeof SCOPES] : scope;
}

/** Where a redirect leads, in words. */
function placeOf(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  return protocol === 'https:' || protocol === 'http:' ? host : `the app ${protocol.slice(0, -1)}`;
}

function send(response: Response, status: number, title: string, body: Html): void {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
  const policy = [
    "default-src 'none'",
    `style-src ${STYLE_SOURCE}`,
    // No `form-action`: Chromium applies it to every redirect that follows, also those of the client's own hosts and
    // apps that its callback sends people on to, and Allow would do nothing. A form can't be injected: see `html.ts`.
    "base-uri 'none'",
    // Clickjacking: a framed Allow button is somebody else's (RFC 6749 section 10.13).
    "frame-ancestors 'none'",
  ];
  response.status(status).set({
    'Content-Security-Policy': policy.join('; '),
    'X-Frame-Options': 'DENY',
    // Not `no-referrer`, under which browsers send `Origin: null` with the form (Fetch section 3.1).
    'Referrer-Policy': 'same-origin',
  });
  response.type('html').send(page.text);
}
