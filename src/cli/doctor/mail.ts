import type { Config } from '../../config/config.ts';
import { type Finding, type Look, reasonOf } from './finding.ts';

const check = 'mail';

/** Checks that the mail server takes mails of this server, and that the templates can be used. It sends nothing. */
export function lookAtMail({ mail, http, environment }: Pick<Config, 'mail' | 'http' | 'environment'>): Look[] {
  const { server, templates } = mail;
  return [
    {
      check,
      needs: ['MAIL_URL'],
      otherwise: () => 'Correct MAIL_URL. Until then mails wait, and are sent when the mail server takes them.',
      async run() {
        if (server) return [await askServer(server)];
        const says = 'MAIL_URL is not set: mails are files in DATA_DIR/mail';
        if (environment !== 'production') return [{ check, state: 'ok', says }];
        return [{ check, state: 'warn', says, todo: 'Set MAIL_URL, so that people get their links and notices.' }];
      },
    },
    ...(templates === undefined
      ? []
      : [{ check, needs: ['MAIL_TEMPLATES', 'PUBLIC_URL'], run: () => readTemplates(templates, http.publicUrl) }]),
  ];
}

async function askServer(server: NonNullable<Config['mail']['server']>): Promise<Finding> {
  const { checkMailServer } = await import('../../mail/smtp.ts');
  await checkMailServer(server);
  const login = server.login ? ', and accepts the password' : '';
  return { check, state: 'ok', says: `${server.host}:${server.port} responds${login}` };
}

async function readTemplates(folder: string, publicUrl: string): Promise<Finding[]> {
  const { createRenderer } = await import('../../mail/templates/render.ts');
  try {
    createRenderer(folder, publicUrl);
    return [{ check, state: 'ok', says: 'the templates can be used' }];
  } catch (error) {
    return [
      { check, state: 'fail', says: reasonOf(error), todo: 'Correct the file. The server does not start with it.' },
    ];
  }
}
