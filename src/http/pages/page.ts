import type { Response } from 'express';
import { digest } from '../../kernel/secret.ts';
import { Html, html } from './html.ts';

/** The content of a page. */
interface PageContent {
  readonly title: string;
  readonly content: Html | [];
  /** With `no-referrer`, browsers send `Origin: null` with the form (Fetch section 3.1); default: `same-origin`. */
  readonly referrer?: 'same-origin' | 'no-referrer';
}

/** Sends a page. It needs no script and loads nothing. */
export type SendPage = (response: Response, status: number, content: PageContent) => void;

/** Creates the sender of pages in the look of the console. @param style the console's style sheet, as built for them */
export function createSendPage(style: string): SendPage {
  // Outside of the template, because the digest covers each blank.
  const styleElement = new Html(`<style>${style}</style>`);
  const policy = [
    "default-src 'none'",
    // Allows only this style. Threat: an injected style has another hash.
    `style-src 'sha256-${digest(style).toString('base64')}'`,
    // No `form-action`: Chromium applies it to all redirects that follow, also to those from the client's callback to
    // its other hosts and apps. The Allow button would do nothing. Forms cannot be injected: see `html.ts`.
    "base-uri 'none'",
    // Threat: clickjacking of the Allow button in a frame (RFC 6749 section 10.13).
    "frame-ancestors 'none'",
  ].join('; ');
  return (response, status, { title, content, referrer = 'same-origin' }) => {
    const page = html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>${title} · Gatehouse</title>
          ${styleElement}
        </head>
        <body>
          <div class="sign-in">
            <header class="sign-in-head">
              <span class="brand">
                <svg viewBox="0 0 32 32" aria-hidden="true">
                  <path d="M4 30V9h4V4h4v5h8V4h4v5h4v21h-8v-9a4 4 0 0 0-8 0v9z" />
                </svg>
                Gatehouse
              </span>
            </header>
            <main class="sign-in-main">
              <div class="sign-in-card">
                <h1>${title}</h1>
                ${content}
              </div>
            </main>
          </div>
        </body>
      </html>`;
    response.status(status).set({
      'Content-Security-Policy': policy,
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': referrer,
    });
    response.type('html').send(page.text);
  };
}

/** Returns the message of an error at the top of a form; nothing without one. */
export function alertOf(alert: string | undefined): Html | [] {
  return alert === undefined ? [] : html`<p class="notice danger" role="alert">${alert}</p>`;
}
