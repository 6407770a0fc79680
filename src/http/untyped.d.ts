// Packages that Express stands on and that bring no types: what is used of them.

declare module 'accepts' {
  import type { IncomingMessage } from 'node:http';

  export default function accepts(request: IncomingMessage): {
    /** The first of these media types by the client's taste; false where it wants none. */
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
