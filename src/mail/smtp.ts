import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { cut } from '../kernel/cut.ts';
import type { MailServer } from './mail_url.ts';
import type { MailMessage } from './message.ts';
import { type DeliverySteps, MailFault, type MailTransport } from './transport.ts';

/** Milliseconds to connect, and for the greeting. */
const CONNECT_MS = 10_000;
/** Milliseconds until the end of the message. Threat: a server that answers byte by byte would hold all senders. */
const MESSAGE_MS = 120_000;
/** Milliseconds to wait for the last answer (RFC 5321 section 4.5.3.2.6). */
const ANSWER_MS = 600_000;

/** Replies that mean the client rather than the mail: no TLS, no authentication (RFC 4954 section 6, RFC 3207). */
const CLIENT_FAULTS: readonly number[] = [421, 454, 530, 534, 535, 538];

/** Certificates to trust instead of those of Node, for tests. */
type MailTrust = Pick<ConnectionOptions, 'ca'>;

/** Creates the transport to a mail server, with a connection for each mail. */
export function createSmtpTransport(server: MailServer, tls: MailTrust = {}): MailTransport {
  const open = new Set<SMTPConnection>();
  return {
    async deliver(message, steps) {
      const connection = newConnection(server, tls);
      open.add(connection);
      try {
        await converse(connection, server, { message, steps });
        connection.quit();
      } catch (error) {
        connection.close();
        throw toFault(error);
      } finally {
        open.delete(connection);
      }
    },
    async close() {
      for (const connection of open) connection.close();
    },
  };
}

/** Connects to a mail server and signs in, without sending anything. @throws MailFault with the reason */
export async function checkMailServer(server: MailServer, tls: MailTrust = {}): Promise<void> {
  const connection = newConnection(server, tls);
  try {
    await greet(connection, server, createSteps(connection));
    connection.quit();
  } catch (error) {
    connection.close();
    throw toFault(error);
  }
}

function newConnection(server: MailServer, tls: MailTrust): SMTPConnection {
  return new SMTPConnection({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === 'off',
    // A mail server is often on the same network.
    allowInternalNetworkInterfaces: true,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
    tls: { minVersion: 'TLSv1.2', ...tls },
  });
}

interface Conversation {
  readonly message: MailMessage;
  readonly steps: DeliverySteps;
}

type Done<T> = (error?: Error | null, result?: T) => void;

/** Runs one step of a conversation. Rejects if the connection breaks, or if the conversation is given up. */
type Step = <T>(run: (done: Done<T>) => void) => Promise<T | undefined>;

/** @param broken rejects to give the conversation up */
function createSteps(connection: SMTPConnection, broken: Promise<never> = new Promise<never>(() => undefined)): Step {
  const failed = new Promise<never>((_, reject) => connection.on('error', reject));
  // A conversation may end between two steps, where nothing waits for these.
  failed.catch(() => undefined);
  broken.catch(() => undefined);
  return <T>(run: (done: Done<T>) => void) =>
    Promise.race([
      failed,
      broken,
      new Promise<T | undefined>((resolve, reject) =>
        run((error, result) => (error ? reject(error) : resolve(result))),
      ),
    ]);
}

async function greet(connection: SMTPConnection, { login }: MailServer, step: Step): Promise<void> {
  await step((done) => connection.connect(done));
  if (!login) return;
  const credentials = { user: login.user, pass: login.password };
  await step((done) => connection.login({ credentials }, done));
}

async function converse(
  connection: SMTPConnection,
  server: MailServer,
  { message, steps }: Conversation,
): Promise<void> {
  const ended = new AbortController();
  const limit = AbortSignal.any([steps.stopping, AbortSignal.timeout(MESSAGE_MS)]);
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = () => {
      const kind = steps.stopping.aborted ? 'stopped' : 'server';
      reject(new MailFault(kind, 'given up before the message had ended', limit.reason));
    };
    if (limit.aborted) giveUp();
    // After the end of the message, its answer decides.
    limit.addEventListener('abort', giveUp, { once: true, signal: ended.signal });
  });
  const step = createSteps(connection, givenUp);
  try {
    await greet(connection, server, step);
    const { from, to, bytes } = message;
    const handOver = (end: () => Promise<void>) =>
      steps.handOver(() => {
        ended.abort();
        return end();
      });
    await step((done) => connection.send({ from, to, size: bytes.length }, endedBy(bytes, handOver), done));
  } finally {
    ended.abort();
  }
}

/**
 * Returns a message as a stream that ends within `handOver`. Only its end makes the server take the message (RFC 5321
 * section 4.1.1.4): a server that sees the connection close before must forget it.
 */
function endedBy(bytes: Buffer, handOver: DeliverySteps['handOver']): Readable {
  let next: 'content' | 'end' | 'nothing' = 'content';
  const source = new Readable({
    // Otherwise the end would be read ahead, before the server asks for the message.
    highWaterMark: 1,
    read() {
      if (next === 'content') {
        next = 'end';
        source.push(bytes);
      } else if (next === 'end') {
        next = 'nothing';
        let isEnded = false;
        const end = async () => {
          const written = finished(source);
          source.push(null);
          // Rejects if the connection was lost meanwhile: the server has no end.
          await written;
          isEnded = true;
          // The stream that adds the last dot writes it before the next turn.
          await turn();
        };
        handOver(end).catch((error: Error) => {
          // Once the end is written, the answer of the server decides.
          if (!isEnded) source.destroy(error);
        });
      }
    },
  });
  return source;
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

function toFault(error: unknown): MailFault {
  if (error instanceof MailFault) return error;
  const { message, response, responseCode = 0, command } = error as SmtpError;
  const isOfMail = (command === 'RCPT TO' || command === 'DATA') && !CLIENT_FAULTS.includes(responseCode);
  const kind = !isOfMail || responseCode < 400 ? 'server' : responseCode < 500 ? 'mail' : 'permanent';
  return new MailFault(kind, cut(oneLine(response === undefined ? message : `${command}: ${response}`)), error);
}

/** Threat: an answer of many lines, shown to an operator at a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
