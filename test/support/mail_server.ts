import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';
import { noteSecrets } from './log_file.ts';

/** A mail that the server received whole. */
export interface ReceivedMail {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly encrypted: boolean;
  readonly user: string | undefined;
}

/** A refusal with its code (RFC 5321 section 4.2). */
export class Reply extends Error {
  constructor(
    readonly responseCode: number,
    message = 'a reply of the test',
  ) {
    super(message);
  }
}

/** How the server behaves; by default it takes everything. Tests change it between mails. */
export interface MailBehaviour {
  /** Refuses a recipient. */
  recipient?: ((address: string) => Reply | undefined) | undefined;
  /** Is called at the first bytes of a message. */
  begun?: ((drop: () => void) => void) | undefined;
  /** Is called with a whole message, before the reply to it. A refused message is not received. */
  whole?: ((mail: ReceivedMail, drop: () => void) => Promise<Reply | void> | Reply | void) | undefined;
}

export interface MailServerUnderTest {
  readonly port: number;
  /** Each whole message, also one that is received twice. */
  readonly received: readonly ReceivedMail[];
  readonly behaviour: MailBehaviour;
  /** The number of connections so far. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts a real SMTP server. Without `key` and `cert` it has no STARTTLS. */
export async function startMailServer(
  options: SMTPServerOptions & { port?: number } = {},
): Promise<MailServerUnderTest> {
  const received: ReceivedMail[] = [];
  const behaviour: MailBehaviour = {};
  let connections = 0;
  const disabled = options.key || options.secure ? [] : ['STARTTLS'];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: disabled,
    disableReverseLookup: true,
    closeTimeout: 1,
    logger: false,
    onConnect(_session, done) {
      connections += 1;
      done();
    },
    onRcptTo: ({ address }, _session, done) => done(behaviour.recipient?.(address) ?? null),
    onData(stream, session, done) {
      const drop = () => dropConnection(server, session);
      const chunks: Buffer[] = [];
      stream.once('data', () => behaviour.begun?.(drop));
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', () => undefined);
      stream.on('end', () => {
        void (async () => {
          const mail = await toMail(Buffer.concat(chunks), session);
          const reply = await behaviour.whole?.(mail, drop);
          if (!reply) received.push(mail);
          done(reply ?? null);
        })();
      });
    },
    ...options,
  });
  // Lost connections are what some tests are about.
  server.on('error', () => undefined);
  const listening = server.listen(options.port ?? 0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    received,
    behaviour,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function toMail(bytes: Buffer, session: SMTPServerSession): Promise<ReceivedMail> {
  const parsed = await simpleParser(bytes);
  // Links sign a person in: the end of the run searches the log for them.
  noteSecrets(...[...(parsed.text ?? '').matchAll(/token=([\w.~-]+)/g)].map(([, token]) => token));
  return {
    messageId: parsed.messageId ?? '',
    from: (session.envelope.mailFrom || undefined)?.address ?? '',
    to: session.envelope.rcptTo.map(({ address }) => address),
    raw: bytes.toString('utf8'),
    parsed,
    encrypted: session.secure,
    user: session.user,
  };
}

/** Ends the connection of a session at once, as a killed server does. */
function dropConnection(server: SMTPServer, { id }: SMTPServerSession): void {
  for (const connection of server.connections) {
    if (connection.session.id === id) connection._socket.destroy();
  }
}
