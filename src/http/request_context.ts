import type { IncomingMessage, ServerResponse } from 'node:http';
import DataLoader from 'dataloader';
import type { Context } from '../graphql/server/context.ts';
import {
  actorOf,
  type Authenticate,
  type Caller,
  enrolleeOf,
  personOf,
  type Principal,
} from '../application/authentication/principal.ts';
import type { DescribeStepUp } from '../application/authentication/step_up.ts';
import type { RequestInfo } from '../kernel/request_info.ts';
import type { Directory } from '../application/administration/directory.ts';
import type { ListFactors } from '../application/factors/list_factors.ts';
import type { ListedSession, OwnSessions } from '../application/sessions/own_sessions.ts';
import type { RefreshCookies } from './cookies/cookies.ts';
import type { DeviceTokens } from './cookies/device.ts';
import type { SignInBindings } from './cookies/sign_in.ts';
import { idOf } from './middleware/pipeline.ts';
import { headerLines } from './middleware/header_lines.ts';
import { noteCode, noteOperation } from './middleware/outcome.ts';
import type { RouterProof } from './middleware/router_proof.ts';
import { noticeToken } from './middleware/token_notice.ts';

export interface RequestContextOptions {
  readonly authenticate: Authenticate;
  readonly describeStepUp: DescribeStepUp;
  readonly ownSessions: Pick<OwnSessions, 'listOf'>;
  readonly listFactors: ListFactors;
  readonly directory: Pick<Directory, 'usersOf' | 'lockedUntil'>;
  readonly provesRouter: RouterProof;
  readonly clientAddress: (request: IncomingMessage) => string;
  readonly cookies: RefreshCookies;
  readonly devices: DeviceTokens;
  readonly signIns: SignInBindings;
}

/** Creates the context of a request. */
export type RequestContextFactory = (request: IncomingMessage, response: ServerResponse) => Context;

/** Creates the contexts of requests. Each value is looked up at its first use, and then shared within the request. */
export function createRequestContextFactory(options: RequestContextOptions): RequestContextFactory {
  const { authenticate, describeStepUp, ownSessions, listFactors, directory, provesRouter } = options;
  const { clientAddress, cookies, devices, signIns } = options;
  // Not cached, because an operation may change an account between two reads.
  const loadUsers = () => new DataLoader(directory.usersOf, { cache: false });
  const loadFactors = () => new DataLoader(listFactors, { cache: false });
  return (request, response) => {
    let caller: Promise<Caller> | undefined;
    let principal: Promise<Principal> | undefined;
    let gone: AbortSignal | undefined;
    let binding: string | undefined;
    let sessions: DataLoader<string, readonly ListedSession[]> | undefined;
    const locks = new Map<string, Promise<Date | null>>();
    let users: ReturnType<typeof loadUsers> | undefined;
    let factors: ReturnType<typeof loadFactors> | undefined;
    let proven: Promise<boolean> | undefined;
    const callerOnce = () => (caller ??= noticeToken(authenticate(authorizationHeaders(request)), response));
    const origin: RequestInfo = {
      // Read now. Threat: a closed socket has no address, and its password guesses would not be counted.
      address: clientAddress(request),
      userAgent: request.headers['user-agent'] ?? null,
      requestId: idOf(response),
      get device() {
        return devices.shownBy(request);
      },
      get binding() {
        return (binding ??= signIns.bindingOf(request, response));
      },
      get signal() {
        return (gone ??= closedEarly(response));
      },
    };
    const principalOnce = () => (principal ??= callerOnce().then(personOf));
    return {
      origin,
      noteOperation: (name) => noteOperation(response, name),
      noteCode: (code) => noteCode(response, { code }),
      caller: callerOnce,
      enrollee: () => callerOnce().then(enrolleeOf),
      principal: principalOnce,
      stepUp: () => callerOnce().then(enrolleeOf).then(describeStepUp),
      by: async () => ({ actor: actorOf(await principalOnce()), request: origin }),
      header: (name) => [request.headers[name]].flat().join(', ') || undefined,
      refreshCookie: cookies.of(request, response),
      giveDevice: (token) => devices.give(request, response, token),
      sessionsOf: (id) => (sessions ??= new DataLoader(ownSessions.listOf)).load(id),
      lockedUntilOf(username) {
        const lock = locks.get(username) ?? directory.lockedUntil(username);
        locks.set(username, lock);
        return lock;
      },
      factorsOf: (id) => (factors ??= loadFactors()).load(id),
      userOf: (key) => (users ??= loadUsers()).load(key),
      fromRouter: () => (proven ??= provesRouter(request)),
    };
  };
}

/** Returns a signal that aborts when the connection closes before the answer is complete. */
function closedEarly(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const check = () => response.writableFinished || controller.abort();
  if (response.closed) check();
  else response.once('close', check);
  return controller.signal;
}

/** Returns every line of the `Authorization` header, which may hold a token or a client secret. */
export function authorizationHeaders(request: IncomingMessage): string[] {
  return headerLines(request, 'authorization');
}
