import { record } from '../../audit/audit.ts';
import { SYSTEM, userActor } from '../../kernel/actor.ts';
import type { RequestInfo } from '../../kernel/request_info.ts';
import type { Client } from '../../clients/client.entity.ts';
import { isStillThere } from '../../clients/clients.ts';
import { Refusal } from '../../kernel/errors.ts';
import { digestText } from '../../kernel/secret.ts';
import { limitKey } from '../../limits/client_address.ts';
import type { RefreshToken } from '../../sessions/refresh_token.ts';
import type { Session } from '../../sessions/session.entity.ts';
import type { NewSession } from '../../sessions/sessions.ts';
import type { Db } from '../../store/database/database.ts';
import type { User } from '../../users/user.entity.ts';
import { grantScope } from '../foundation/scopes.ts';
import { notify } from '../foundation/notify.ts';
import type { Services } from '../foundation/services.ts';
import type { Effects } from '../foundation/unit_of_work.ts';
import { type Admission, admit } from './admit.ts';
import { trustedDevice } from './known_device.ts';
import { amrOf, assuranceOf, type Authentication } from './authentication.ts';

/** The unit of work that a session is opened in, and the request that asks for it. */
export interface Opening {
  readonly db: Db;
  readonly effects: Effects;
  readonly request: RequestInfo;
  readonly at: Date;
}

/** A grant of a session: to whom, and how much of what the role has. */
export interface SessionGrant {
  readonly authentication: Authentication;
  /** The authenticated client that the tokens are for; null for a first-party sign-in. */
  readonly client: Client | null;
  /** Space-separated scopes; null for all that can be granted. */
  readonly scope: string | null;
}

export interface OpenedSession {
  readonly user: User;
  readonly session: Session;
  readonly token: RefreshToken;
}

export interface ReservedSession {
  readonly user: User;
  readonly session: Session;
}

/** The result of opening: the session, or the judgement that nothing was opened. */
export type OpeningResult<T> = ({ readonly verdict: 'opened' } & T) | Exclude<Admission, { verdict: 'sufficient' }>;

/** Notes on a locked account that its owner signed in, and tells the owner of a sign-in from a new device. */
export async function noteSignIn(
  services: Pick<Services, 'devices' | 'outbox'>,
  user: User,
  { db, effects, request, at }: Opening,
): Promise<void> {
  if (user.lastLoginAt != null) await tellOfNewDevice(services, user, { db, request, at });
  user.lastLoginAt = at;
  effects.changed(user);
  record(db, { type: 'login.succeeded', subject: user.username, at }, { actor: userActor(user), request });
}

/**
 * Mails the owner unless the device is known, once for each network and program. Threat: a program that keeps no device
 * token signs in every hour, and its notices would hide the one that matters.
 */
async function tellOfNewDevice(
  { devices, outbox }: Pick<Services, 'devices' | 'outbox'>,
  user: User,
  { db, request, at }: Pick<Opening, 'db' | 'request' | 'at'>,
): Promise<void> {
  if (trustedDevice({ devices }, request, user)) return;
  const { address, userAgent } = request;
  const once = `new-device:${digestText(JSON.stringify([user.id, user.deviceEpoch, limitKey(address), userAgent]))}`;
  await notify({ outbox }, db, { user, facts: { kind: 'new-device' }, request, at, once });
}

/**
 * Opens a session with its first refresh token. Together with {@link reserveSession} it is the only way to one.
 * @returns another verdict if the authentication is not sufficient; nothing is changed then
 * @throws INVALID_SCOPE for a scope beyond the role or the client, and for a client that was removed meanwhile
 */
export async function openSession(
  services: OpeningServices,
  opening: Opening,
  grant: SessionGrant,
): Promise<OpeningResult<OpenedSession>> {
  const admission = await admit(services, opening, grant.authentication);
  if (admission.verdict !== 'sufficient') return admission;
  const { user } = admission;
  await noteSignIn(services, user, opening);
  const opened = services.sessions.start(opening.db, await prepare(services, { opening, grant, user }), opening.at);
  if (grant.client && !(await isStillThere(opening.db, grant.client))) throw new Refusal('INVALID_SCOPE');
  return { verdict: 'opened', user, ...opened };
}

/**
 * Reserves a session for an authorization code, which can open it before `until`. The caller checks that the client
 * still exists.
 * @returns as {@link openSession}
 * @throws as {@link openSession}
 */
export async function reserveSession(
  services: OpeningServices,
  opening: Opening,
  { until, ...grant }: SessionGrant & { readonly until: Date },
): Promise<OpeningResult<ReservedSession>> {
  const admission = await admit(services, opening, grant.authentication);
  if (admission.verdict !== 'sufficient') return admission;
  const { user } = admission;
  const session = await prepare(services, { opening, grant, user });
  return {
    verdict: 'opened',
    user,
    session: services.sessions.reserve(opening.db, { ...session, until }, opening.at),
  };
}

type OpeningServices = Pick<Services, 'clock' | 'sessions' | 'devices' | 'outbox' | 'settings'>;

interface Preparation {
  readonly opening: Opening;
  readonly grant: SessionGrant;
  readonly user: User;
}

async function prepare(
  { sessions, settings }: OpeningServices,
  { opening, grant, user }: Preparation,
): Promise<NewSession> {
  const { authentication, client } = grant;
  const scope = grantScope(settings.roles, user.role, grant);
  await makeRoom({ sessions }, user, opening);
  return {
    userId: user.id,
    grant: { clientId: client?.id ?? null, scope },
    device: opening.request,
    authentication: {
      at: authentication.at,
      methods: amrOf(authentication),
      assurance: assuranceOf(authentication),
    },
  };
}

/**
 * Ends and audits the sessions of a locked account that are beyond `SESSIONS_PER_ACCOUNT` with the new one. Threat: a
 * script that signs in and never out would leave rows without end.
 */
async function makeRoom({ sessions }: Pick<Services, 'sessions'>, user: User, opening: Opening): Promise<void> {
  const { db, effects, request, at } = opening;
  const ended = await sessions.makeRoom(db, user.id, at);
  if (ended.length === 0) return;
  effects.denySessions(ended);
  const detail = { sessionsEnded: ended.length, by: 'limit' };
  record(db, { type: 'session.ended', subject: user.username, detail, at }, { actor: SYSTEM, request });
}
