// Types of packages that Express uses and that have none, as far as this server uses them.

declare module 'accepts' {
  import type { IncomingMessage } from 'node:http';

  export default function accepts(request: IncomingMessage): {
    /** Returns the media type that the client prefers; false if it accepts none. */
    types(types: readonly string[]): string | false;
  };
}

declare module 'cookie' {
  export interface SetCookieAttributes {
    readonly httpOnly: boolean;
    readonly secure: boolean;
    readonly sameSite: 'strict' | 'lax';
    readonly path: string;
    readonly expires?: Date;
    /** Seconds. */
    readonly maxAge?: number;
  }
  export function serialize(name: string, value: string, attributes: SetCookieAttributes): string;
}
