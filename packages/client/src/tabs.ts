import { type AccessToken, readAccessToken, timeToRefresh } from './access_token.ts';
import type { Channel } from './platform.ts';
import type { End, ClientSession, Signed } from './session.ts';

/** A message between the tabs of an origin, never stored. A tab may run the code of an earlier release. */
type TabMessage =
  | {
      readonly type: 'token';
      readonly text: string;
      readonly lifetimeMs: number;
      readonly since: number;
      readonly at: number;
    }
  | ({ readonly type: 'end' } & End)
  | { readonly type: 'ask'; readonly at: number; readonly session?: string | undefined };

export interface Tabs {
  /** Listens to the other tabs until `close`. A closed client still sends messages, and asks if it has to. */
  open(): void;
  /** Sends a token to the other tabs. */
  tell(signed: Signed): void;
  tellEnd(end: End): void;
  /** Asks the other tabs for a later token. Resolves when one arrives, or after {@link ANSWER_MS}. */
  ask(): Promise<void>;
  close(): void;
}

/**
 * Milliseconds to wait for other tabs. A tab with a token answers within a few, and a sleeping tab has no fresh token.
 */
const ANSWER_MS = 50;

/** Creates the connection to other tabs. @param connect opens the channel; undefined if there are no other tabs */
export function createTabs(connect: (() => Channel) | undefined, session: ClientSession): Tabs {
  const waiting = new Set<() => void>();
  let channel: Channel | undefined;
  let holders = 0;
  let letGo: (() => void) | undefined;

  /** Keeps the channel open while an open client, or a call on a closed client, needs it. @returns its release */
  function hold(): () => void {
    if (holders++ === 0 && connect) {
      channel = connect();
      channel.onmessage = ({ data }) => hear((data ?? {}) as TabMessage);
      channel.unref?.();
    }
    return () => {
      if (--holders > 0) return;
      channel?.close();
      channel = undefined;
    };
  }

  function post(message: TabMessage): void {
    const release = hold();
    channel?.postMessage(message);
    release();
  }

  const tell = ({ access: { text, lifetimeMs, since }, at }: Signed) =>
    post({ type: 'token', text, lifetimeMs, since, at });

  function hear(message: TabMessage): void {
    // An invalid time would be later or earlier than all others forever.
    if (!Number.isFinite(message.at)) return;
    switch (message.type) {
      case 'token': {
        const { text, lifetimeMs, since, at } = message;
        const access = readIfAny(text, lifetimeMs, since);
        if (!access || !session.hear({ access, at })) return;
        for (const resolve of waiting) resolve();
        return;
      }
      case 'end':
        session.hearEnd(message);
        return;
      case 'ask': {
        const { signed } = session;
        if (signed && signed.at > message.at && timeToRefresh(signed.access) > 0) tell(signed);
        // A tab that was closed when its session ended has missed the message.
        else if (message.session !== undefined && session.hasEnded(message.session))
          post({ type: 'end', session: message.session, at: message.at });
      }
    }
  }

  return {
    open: () => void (letGo ??= hold()),
    tell,
    tellEnd: (end) => post({ type: 'end', ...end }),
    async ask() {
      if (!connect) return;
      const release = hold();
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, ANSWER_MS);
        waiting.add(done);
        const { signed } = session;
        post({ type: 'ask', at: signed?.at ?? 0, session: signed?.access.session });
      });
      release();
    },
    close() {
      letGo?.();
      letGo = undefined;
    },
  };
}

/** Returns the token of a message; undefined if it is malformed. Other scripts of the origin may use the channel. */
function readIfAny(...given: Parameters<typeof readAccessToken>): AccessToken | undefined {
  try {
    return readAccessToken(...given);
  } catch {
    return undefined;
  }
}
