import DataLoader from 'dataloader';
import type { Request, Response } from 'express';
import type { Context } from '../graphql/context.ts';
import { requestId } from '../kernel/request_id.ts';
import type { Authenticate, Principal } from '../signin/authenticate.ts';
import type { OwnSessions } from '../signin/own_sessions.ts';
import type { RefreshCookies } from './cookies.ts';
import type { DeviceTokens } from './device.ts';

export interface PrincipalOptions {
  readonly authenticate: Authenticate;
  readonly ownSessions: Pick<OwnSessions, 'listOf'>;
  readonly clientAddress: (request: Request) => string;
  readonly cookies: RefreshCookies;
  readonly devices: DeviceTokens;
}

/** Makes the context of a request; whoever asks for the principal first has it looked up, for all that come after. */
export function createContextOf({ authenticate, ownSessions, clientAddress, cookies, devices }: PrincipalOptions) {
  return (request: Request, response: Response): Context => {
    let principal: Promise<Principal> | undefined;
    let gone: AbortSignal | undefined;
    return {
      origin: {
        address: clientAddress(request),
        userAgent: request.get('user-agent') ?? null,
        requestId: requestId() ?? '',
        device: devices.shownBy(request),
        get gone() {
          return (gone ??= closedEarly(response));
        },
      },
      principal: () => (principal ??= authenticate(authorizationHeaders(request))),
      refreshCookie: cookies.of(request, response),
      giveDevice: (token) => devices.give(request, response, token),
      sessions: new DataLoader(ownSessions.listOf),
    };
  };
}

/** Aborted when the connection ends before the answer does. */
function closedEarly(response: Response): AbortSignal {
  const controller = new AbortController();
  const check = () => response.writableFinished || controller.abort();
  if (response.closed) check();
  else response.once('close', check);
  return controller.signal;
}

/** Every `Authorization` header as it was sent: Node's `headers` keeps the first of two and hides the second. */
export function authorizationHeaders({ rawHeaders }: Request): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === 'authorization');
}
