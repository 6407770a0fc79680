import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../kernel/log.ts';
import type { MailMessage } from './message.ts';
import { MailFault, type MailTransport } from './transport.ts';

/**
 * Creates the transport of a server without MAIL_URL: a file for each mail, and a line in the log that names it. The
 * file's name follows from the row, so that a crash leaves no second file.
 * @param dataDir the folder of the server, or `memory`: the files are then in a temporary folder that ends with the server
 */
export function createFileTransport(dataDir: string, log: Log): MailTransport {
  let temporary: string | undefined;

  async function folder(): Promise<string> {
    if (dataDir === 'memory') return (temporary ??= await mkdtemp(join(tmpdir(), 'gatehouse-mail-')));
    const made = resolve(dataDir, 'mail');
    await mkdir(made, { recursive: true, mode: 0o700 });
    return made;
  }

  return {
    async deliver(message) {
      try {
        const file = join(await folder(), fileName(message));
        // Links in it sign a person in.
        await writeFile(`${file}.new`, message.bytes, { mode: 0o600, flush: true });
        await rename(`${file}.new`, file);
        log.info({ file, template: message.template }, 'wrote a mail to a file, because MAIL_URL is not set');
      } catch (error) {
        throw new MailFault('server', `cannot write a file (${(error as NodeJS.ErrnoException).code})`, error);
      }
    },
    async close() {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    },
  };
}

function fileName({ id, template, createdAt }: MailMessage): string {
  return `${createdAt.toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${template}-${id}.eml`;
}
