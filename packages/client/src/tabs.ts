import { type AccessToken, readAccessToken, timeToRefresh } from './access_token.ts';
import type { Channel } from './platform.ts';
import type { End, ClientSession, Signed } from './session.ts';

/** What the tabs of an origin tell each other, in memory alone. All run the same code, one before an upgrade perhaps. */
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
  /** Listens to the others until `close`. Closed, a client still tells them, and asks where it has to. */
  open(): void;
  /** Has the others go on with this token too. */
  tell(signed: Signed): void;
  tellEnd(end: End): void;
  /** Asks for a later token than ours: resolves once one has come, or nobody has one. */
  ask(): Promise<void>;
  close(): void;
}

/** A tab that has the token answers within a few; one that sleeps has none to give. */
const ANSWER_MS = 50;

/** @param connect opens the channel; without one there are no other tabs */
export function createTabs(connect: (() => Channel) | undefined, session: ClientSession): Tabs {
  const waiting = new Set<() => void>();
  let channel: Channel | undefined;
  let holders = 0;
  let letGo: (() => void) | undefined;

  /** The channel is there while anything needs it: an open client, or one call on a closed one. */
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
    // A time that is none would be later, or earlier, than every other for good.
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
        // A tab that was closed when its session ended has not heard of it.
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

/** Undefined for what cannot be read: other scripts of the origin may speak on the channel. */
function readIfAny(...given: Parameters<typeof readAccessToken>): AccessToken | undefined {
  try {
    return readAccessToken(...given);
  } catch {
    return undefined;
  }
}
