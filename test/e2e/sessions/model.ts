/**
 * The simplest form of sign-in and rotation in DESIGN: no locks, no stores, no crashes. The server is compared with it
 * after every step.
 */
export interface Device {
  readonly address: string;
  readonly userAgent: string;
}

export interface ModelSession {
  readonly user: number;
  /** True if it is an app's session, opened by a code with only the scope `account`. */
  readonly app: boolean;
  /** Every refresh token of the session, by generation. */
  readonly tokens: string[];
  /** The generation that its client has, which is behind the last one after a lost response. */
  held: number;
  readonly access: { readonly token: string; readonly expiresAt: number }[];
  /** The generation whose successor is current; -1 before the first rotation. */
  parent: number;
  parentUsedAt: number;
  rotatedAt: number;
  rotatedBy: Device | null;
  lastUsedAt: number;
  readonly expiresAt: number;
  /**
   * `dormant`: ended because the account was disabled; its access tokens are valid again once the account is enabled.
   */
  state: 'live' | 'dormant' | 'over';
  /** True if its access tokens are denied. */
  denied: boolean;
}

export type ModelRole = 'user' | 'admin';

/** The scopes of each role. */
const SCOPES: Readonly<Record<ModelRole, string>> = { user: 'account', admin: '*' };

export interface ModelUser {
  role: ModelRole;
  disabled: boolean;
  password: string;
}

export interface Times {
  readonly lifetime: number;
  readonly idle: number;
  readonly grace: number;
  readonly retry: number;
  readonly access: number;
  readonly leeway: number;
}

export interface GivenTokens {
  readonly refreshToken: string;
  readonly accessToken: string;
}

/** The outcome of presenting a refresh token. */
export type Shown = 'rotated' | 'repeated' | 'retried' | 'refused';

/** All times are in seconds. */
export class Model {
  now = 0;
  readonly users: ModelUser[] = [];
  readonly sessions: ModelSession[] = [];
  /** The outcomes so far, so that a run can check its coverage. */
  readonly seen: Set<string>;
  readonly times: Times;

  constructor(times: Times, seen: Set<string>) {
    this.times = times;
    this.seen = seen;
  }

  isLive(session: ModelSession): boolean {
    const { expiresAt, lastUsedAt, state } = session;
    return state === 'live' && expiresAt > this.now && lastUsedAt + this.times.idle > this.now;
  }

  /** Returns the verdict on an access token. */
  verdictOf(session: ModelSession, { expiresAt }: { expiresAt: number }): string {
    if (this.now >= expiresAt + this.times.leeway) return 'EXPIRED';
    if (session.denied) return 'REVOKED';
    return this.users[session.user]!.disabled ? 'inactive' : 'active';
  }

  /** Returns the scopes of a valid access token: an app's granted scopes, or those of the user's current role. */
  scopesOf({ app, user }: ModelSession): string {
    const { role } = this.users[user]!;
    if (app && role === 'admin') this.seen.add('narrow');
    return app ? 'account' : SCOPES[role];
  }

  opened(user: number, { refreshToken, accessToken }: GivenTokens, app = false): ModelSession {
    const session: ModelSession = {
      user,
      app,
      tokens: [refreshToken],
      held: 0,
      access: [],
      parent: -1,
      parentUsedAt: 0,
      rotatedAt: 0,
      rotatedBy: null,
      lastUsedAt: this.now,
      expiresAt: this.now + this.times.lifetime,
      state: 'live',
      denied: false,
    };
    this.accessGiven(session, accessToken);
    this.sessions.push(session);
    return session;
  }

  accessGiven(session: ModelSession, token: string): void {
    session.access.push({ token, expiresAt: Math.min(this.now + this.times.access, session.expiresAt) });
    // Older tokens behave like these, so the last few are enough to check after every step.
    if (session.access.length > 4) session.access.shift();
  }

  /** Presents the token of a generation. A theft ends every session of the user, a doubtful use only this one. */
  show(session: ModelSession, generation: number, by: Device): Shown {
    const shown = this.judge(session, generation, by);
    this.seen.add(shown);
    return shown === 'stolen' || shown === 'doubtful' ? 'refused' : shown;
  }

  private judge(session: ModelSession, generation: number, by: Device): Shown | 'stolen' | 'doubtful' {
    if (!this.isLive(session)) return 'refused';
    if (generation === session.tokens.length - 1) {
      session.parent = generation;
      session.parentUsedAt = this.now;
      this.rotated(session, by);
      return 'rotated';
    }
    if (generation !== session.parent) {
      this.endAll(session.user);
      return 'stolen';
    }
    const { rotatedBy, rotatedAt, parentUsedAt } = session;
    const isSame = rotatedBy?.address === by.address || rotatedBy?.userAgent === by.userAgent;
    if (this.now < rotatedAt + this.times.grace) {
      if (!isSame) this.seen.add('elsewhere');
      session.rotatedBy = by;
      return 'repeated';
    }
    if (isSame && this.now < parentUsedAt + this.times.retry) {
      this.rotated(session, by);
      return 'retried';
    }
    this.end(session);
    return 'doubtful';
  }

  private rotated(session: ModelSession, by: Device): void {
    session.rotatedAt = this.now;
    session.rotatedBy = by;
    session.lastUsedAt = this.now;
  }

  /** Ends a session and denies its access tokens. A session that has ended keeps its state. */
  end(session: ModelSession): void {
    const { state, access } = session;
    const counts = access.some(({ expiresAt }) => this.now < expiresAt + this.times.leeway);
    if (state === 'over' || !(this.isLive(session) || counts)) return;
    session.state = 'over';
    session.denied = true;
  }

  endAll(user: number, except?: ModelSession): void {
    for (const session of this.sessions) {
      if (session.user === user && session !== except) this.end(session);
    }
  }

  disable(user: number): void {
    this.users[user]!.disabled = true;
    for (const session of this.sessions) {
      if (session.user === user && this.isLive(session)) session.state = 'dormant';
    }
  }
}
