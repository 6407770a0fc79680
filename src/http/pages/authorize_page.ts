import type { Response } from 'express';
import { SCOPES } from '../../graphql/rules/rules.ts';
import type { FactorMethod, NextStep } from '../../kernel/errors.ts';
import type { PendingAuthentication } from '../../application/authentication/pending.ts';
import type { Interaction } from '../../application/oauth/authorizations.ts';
import { parseScope } from '../../application/foundation/scopes.ts';
import { Html, html } from './html.ts';
import { alertOf, createSendPage } from './page.ts';
import type { FormFields } from './interaction.ts';

const AUTOFOCUS = new Html('autofocus');

/** The content of a form, without the input of the user. */
export interface AuthorizeForm {
  readonly interaction: Interaction;
  readonly fields: FormFields;
  /** The error of the last attempt. */
  readonly alert?: string;
}

interface SignInForm extends AuthorizeForm {
  /** The username of the last attempt; never a password. */
  readonly username?: string;
}

interface SecondFactorForm extends AuthorizeForm {
  /** The ticket and the methods of the sign-in that waits. */
  readonly nextStep: Pick<NextStep, 'ticket' | 'methods'>;
}

interface ConsentForm extends AuthorizeForm {
  /** The user who has signed in. */
  readonly person: PendingAuthentication;
}

/** The pages of the authorization endpoint. They need no script and load nothing. */
export interface AuthorizePages {
  /** Sends the sign-in page, which asks for nothing else. */
  signIn(response: Response, form: SignInForm, status?: number): void;
  /** Sends the page that asks for the code of an authenticator or a recovery code. */
  secondFactor(response: Response, form: SecondFactorForm, status?: number): void;
  /** Sends the consent page to a user who has signed in. */
  consent(response: Response, form: ConsentForm, status?: number): void;
  /** Sends a page with the error. Threat: no redirect is safe while the client or its redirect URI is not verified. */
  problem(response: Response, status: number, problem: string): void;
}

/** Creates the pages of the authorization endpoint. @param style the console's style sheet, as built for these pages */
export function createAuthorizePages(style: string): AuthorizePages {
  const send = createSendPage(style);
  return {
    signIn(response, { interaction, fields, alert, username = '' }, status = 200) {
      const title = `Sign in to ${interaction.client.name}`;
      const content = html`${formOf(
        fields,
        html`${alertOf(alert)}
          <div class="field">
            <label class="field-label" for="username">Username or e-mail address</label>
            <div class="field-box">
              <input
                class="field-input"
                id="username"
                name="username"
                value="${username}"
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                required
                ${username === '' ? AUTOFOCUS : []}
              />
            </div>
          </div>
          <div class="field">
            <label class="field-label" for="password">Password</label>
            <div class="field-box">
              <input
                class="field-input"
                id="password"
                name="password"
                type="password"
                autocomplete="current-password"
                required
                ${username === '' ? [] : AUTOFOCUS}
              />
            </div>
          </div>
          <div class="actions">
            <button class="button primary" name="decision" value="sign-in">Sign in</button>
            <button class="button secondary" name="decision" value="deny" formnovalidate>Cancel</button>
          </div>`,
      )}
      ${destinationOf(interaction)}`;
      send(response, status, { title, content });
    },

    secondFactor(response, { interaction, fields, alert, nextStep: { ticket, methods } }, status = 200) {
      const content = html`${formOf(
        fields,
        html`${alertOf(alert)}
          <input type="hidden" name="auth_session" value="${ticket}" />
          <input type="hidden" name="methods" value="${methods.join(' ')}" />
          ${canEnterCode(methods) ? codeField(methods) : WITHOUT_CODE}
          <div class="actions">
            ${canEnterCode(methods) ? CONTINUE : []}
            <button class="button secondary" name="decision" value="deny" formnovalidate>Cancel</button>
          </div>`,
      )}
      ${destinationOf(interaction)}`;
      send(response, status, { title: 'Confirm that it is you', content });
    },

    consent(response, { interaction, fields, alert, person }, status = 200) {
      const { name } = interaction.client;
      const content = formOf(
        fields,
        html`${alertOf(alert)}
          <p class="who">
            <span>Signed in as <strong>${person.username}</strong>.</span>
            <button class="button quiet" name="decision" value="leave">Not you?</button>
          </p>
          ${describeScopes(interaction)} ${destinationOf(interaction)}
          <div class="actions">
            <button class="button primary" name="decision" value="allow">Allow</button>
            <button class="button secondary" name="decision" value="deny">Deny</button>
          </div>`,
      );
      send(response, status, { title: `${name} asks for access`, content });
    },

    problem: (response, status, problem) =>
      send(response, status, { title: 'Cannot continue', content: alertOf(problem) }),
  };
}

function formOf(fields: FormFields, content: Html): Html {
  return html`<form class="form" method="post" action="authorize">
    <input type="hidden" name="transaction" value="${fields.transaction}" />
    <input type="hidden" name="csrf" value="${fields.csrf}" />
    ${content}
  </form>`;
}

const canEnterCode = (methods: readonly FactorMethod[]) =>
  methods.includes('TOTP') || methods.includes('RECOVERY_CODE');

const CONTINUE = html`<button class="button primary" name="decision" value="second-factor">Continue</button>`;

/** A passkey needs a script, which this page has not. */
const WITHOUT_CODE = html`<p class="notice danger" role="alert">
  Your account has passkeys as its only second factor, and this page cannot ask for one. Get recovery codes, or add an
  authenticator app, on the security page of your account.
</p>`;

function codeField(methods: readonly FactorMethod[]): Html {
  return html`<div class="field">
    <label class="field-label" for="otp">${codeLabelOf(methods)}</label>
    <div class="field-box">
      <input
        class="field-input"
        id="otp"
        name="otp"
        autocomplete="one-time-code"
        autocapitalize="characters"
        spellcheck="false"
        required
        autofocus
      />
    </div>
  </div>`;
}

/** Returns the label of the field for codes. One field takes both kinds, so that a lost phone needs no other page. */
function codeLabelOf(methods: readonly FactorMethod[]): string {
  if (!methods.includes('TOTP')) return 'Recovery code';
  return methods.includes('RECOVERY_CODE')
    ? 'Code of your authenticator app, or a recovery code'
    : 'Code of your authenticator app';
}

function describeScopes({ client: { name, scopes }, request: { scope } }: Interaction): Html {
  const asked = scope === null ? scopes : parseScope(scope);
  if (asked.length === 0) return html`<p>${name} asks for your identity only.</p>`;
  return html`<p>${name} asks for access to the following, limited to what your account may do:</p>
    <ul class="asked">
      ${asked.map((scope) => html`<li>${wordsOf(scope)}</li>`)}
    </ul>`;
}

/** Returns the description of a scope of this server, and the scope itself for another service. */
function wordsOf(scope: string): string {
  if (scope === '*') return 'Everything your account may do';
  return Object.hasOwn(SCOPES, scope) ? SCOPES[scope as keyof typeof SCOPES] : scope;
}

/** Returns a sentence that names the target of the redirect. */
function destinationOf({ request: { redirectUri } }: Interaction): Html {
  const { protocol, host } = new URL(redirectUri);
  const place = protocol === 'https:' || protocol === 'http:' ? host : `the app ${protocol.slice(0, -1)}`;
  return html`<p class="small muted">Next, you will go to ${place}.</p>`;
}
