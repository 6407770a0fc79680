import type { Response } from 'express';
import { Html, html } from './html.ts';
import { alertOf, createSendPage } from './page.ts';

/** The texts of a page that redeems a mailed link. */
interface LinkPageTexts {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  /** True if the person sets a password. */
  readonly asksPassword: boolean;
  readonly done: string;
}

/** The pages of mailed links, by their paths. */
export const LINK_PAGE_TEXTS = {
  '/reset': {
    title: 'Set a new password',
    lead: 'All your sessions will end. A second factor stays, and the next sign-in asks for it.',
    button: 'Set the password',
    asksPassword: true,
    done: 'Your new password is set, and all sessions have ended.',
  },
  '/verify-email': {
    title: 'Confirm your e-mail address',
    lead: 'Confirm that this address is yours.',
    button: 'Confirm',
    asksPassword: false,
    done: 'Your e-mail address is confirmed.',
  },
  '/undo-email-change': {
    title: 'Undo the change of your e-mail address',
    lead: 'Your former address comes back. The password stops working, all sessions end, and you get a mail to set a new password.',
    button: 'Undo the change',
    asksPassword: false,
    done: 'The change is undone. A mail with a link for a new password is on its way. If none arrives, ask for one: "Forgot your password?".',
  },
  '/invitation': {
    title: 'Accept your invitation',
    lead: 'Choose a password for your new account.',
    button: 'Accept',
    asksPassword: true,
    done: 'Your account is ready.',
  },
} as const satisfies Record<string, LinkPageTexts>;

export type LinkPage = keyof typeof LINK_PAGE_TEXTS;

/** The form of a link, without the input of the person. */
export interface LinkForm {
  readonly page: LinkPage;
  readonly token: string;
  /** The error of the last attempt. */
  readonly alert?: string;
}

/**
 * The pages of mailed links, and the page that asks for a reset. They need no script. Threat: scanners open the links
 * of mails, run scripts and press buttons. So a GET changes nothing, and each form asks for the code of the mail.
 */
export interface RecoveryPages {
  form(response: Response, form: LinkForm, status?: number): void;
  done(response: Response, page: LinkPage): void;
  /** Sends the form that asks for a reset. */
  forgotten(response: Response, alert?: string, status?: number): void;
  /** Sends the same page for every account. */
  asked(response: Response): void;
  problem(response: Response, status: number, problem: string): void;
}

/** @param style the console's style sheet, as built for these pages */
export function createRecoveryPages(style: string): RecoveryPages {
  const sendPage = createSendPage(style);
  // Threat: the address of the page contains the token.
  const send = (response: Response, status: number, page: { readonly title: string; readonly content: Html }) =>
    sendPage(response, status, { ...page, referrer: 'no-referrer' });
  const formOf = (page: string, content: Html) =>
    html`<form class="form" method="post" action="${page.slice(1)}">${content}</form>`;
  return {
    form(response, { page, token, alert }, status = 200) {
      const { title, lead, button, asksPassword } = LINK_PAGE_TEXTS[page];
      const content = formOf(
        page,
        html`${alertOf(alert)}
          <p>${lead}</p>
          <input type="hidden" name="token" value="${token}" />
          ${CODE} ${asksPassword ? PASSWORDS : []}
          <div class="actions"><button class="button primary">${button}</button></div>`,
      );
      send(response, status, { title, content });
    },

    done(response, page) {
      const { title, done } = LINK_PAGE_TEXTS[page];
      send(response, 200, { title, content: saying(done) });
    },

    forgotten(response, alert, status = 200) {
      const content = formOf(
        '/forgot',
        html`${alertOf(alert)}
          <p>You get a mail with a link for a new password.</p>
          ${field({ name: 'account', label: 'Username or e-mail address', autocomplete: 'username' })}
          <div class="actions"><button class="button primary">Send the mail</button></div>`,
      );
      send(response, status, { title: FORGOTTEN, content });
    },

    asked(response) {
      const said = 'If there is such an account, a mail is on its way to its address.';
      send(response, 200, { title: FORGOTTEN, content: saying(said) });
    },

    problem: (response, status, problem) =>
      send(response, status, { title: 'Cannot continue', content: html`${alertOf(problem)}${SIGN_IN}` }),
  };
}

const FORGOTTEN = 'Forgot your password?';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly autocomplete: string;
  readonly type?: 'text' | 'password';
}

function field({ name, label, autocomplete, type = 'text' }: Field): Html {
  return html`<div class="field">
    <label class="field-label" for="${name}">${label}</label>
    <div class="field-box">
      <input
        class="field-input"
        id="${name}"
        name="${name}"
        type="${type}"
        autocomplete="${autocomplete}"
        autocapitalize="none"
        spellcheck="false"
        required
      />
    </div>
  </div>`;
}

const CODE = field({ name: 'code', label: 'Code from the mail', autocomplete: 'one-time-code' });

const PASSWORDS = html`${field({
  name: 'password',
  label: 'New password, at least 12 characters',
  autocomplete: 'new-password',
  type: 'password',
})}${field({ name: 'repeat', label: 'The same password again', autocomplete: 'new-password', type: 'password' })}`;

const SIGN_IN = html`<p><a href="sign-in">Sign in</a></p>`;

function saying(text: string): Html {
  return html`<p class="notice success" role="status">${text}</p>
    ${SIGN_IN}`;
}
