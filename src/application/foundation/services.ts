import type { UnknownNames } from '../../audit/unknown_names.ts';
import type { Background } from '../../kernel/background.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Tracing } from '../../kernel/tracing.ts';
import type { Attempts } from '../../limits/attempts.ts';
import type { Devices } from '../../limits/device.ts';
import type { Quotas } from '../../limits/quotas.ts';
import type { Proofs } from '../../proofs/proofs.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { Hasher } from '../../credentials/password/hasher.ts';
import type { Totp } from '../../credentials/totp/totp.ts';
import type { CheckPassword } from '../../credentials/password/policy.ts';
import type { RelyingParty } from '../../credentials/webauthn/relying_party.ts';
import type { RefreshTokens } from '../../sessions/refresh_token.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Database } from '../../store/database/database.ts';
import type { KeyValue } from '../../store/keyvalue/keyvalue.ts';
import type { StateCache } from '../../store/state_cache/state_cache.ts';
import type { AccessTokens } from '../../tokens/access_token.ts';
import type { Denylist } from '../../tokens/denylist.ts';
import type { Keys } from '../../keys/keys.ts';
import type { LiveUsers } from '../../users/live_users.ts';
import type { BreachWatch } from './breach_watch.ts';
import type { SignInMetrics } from './metrics.ts';
import type { Roles } from './scopes.ts';
import type { SigningKeys } from './signing_keys.ts';

/** The services that the use cases share. The composition root creates one of each for a process. */
export interface Services {
  readonly database: Database;
  readonly keyValue: KeyValue;
  readonly stateCache: StateCache;
  readonly hasher: Hasher;
  readonly checkPassword: CheckPassword;
  readonly breachWatch: BreachWatch;
  readonly accessTokens: AccessTokens;
  /** The keys as this replica has them. `signingKeys` has them as they are stored. */
  readonly keys: Pick<Keys, 'refresh'>;
  readonly signingKeys: SigningKeys;
  readonly denylist: Denylist;
  readonly liveUsers: LiveUsers;
  readonly refreshTokens: RefreshTokens;
  readonly sessions: Sessions;
  readonly proofs: Proofs;
  readonly totp: Totp;
  readonly attempts: Attempts;
  readonly devices: Devices;
  readonly quotas: Quotas;
  readonly outbox: Outbox;
  readonly background: Background;
  readonly unknownNames: UnknownNames;
  readonly metrics: SignInMetrics;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: UseCaseSettings;
}

/** The operator's demands on second factors. */
export interface FactorPolicy {
  /** False if no account can set up a second factor. One that exists is still asked for. */
  readonly allowed: boolean;
  /** The roles that must have a second factor; `true` for all. */
  readonly required: true | readonly string[];
  /** The seconds for which an authentication is fresh. */
  readonly freshSeconds: number;
  /** The seconds for which a device may skip the second factor; 0 for never. */
  readonly rememberSeconds: number;
}

/** The operator's demands on e-mail addresses and resets. */
export interface RecoveryPolicy {
  /** True if an account gets no session before its e-mail address is verified. */
  readonly isEmailRequired: boolean;
  /** True if people can ask for a new password by mail. */
  readonly isResetOpen: boolean;
}

export interface UseCaseSettings {
  readonly roles: Roles;
  readonly reuseRevokes: 'user' | 'family';
  /** The lifetime of a session, in seconds. */
  readonly sessionSeconds: number;
  readonly factors: FactorPolicy;
  /** Null while passkeys are off. */
  readonly relyingParty: RelyingParty | null;
  readonly recovery: RecoveryPolicy;
  /** The address that clients use, without a trailing slash. */
  readonly publicUrl: string;
  /** False if mails are only files, so that an admin hands links over. */
  readonly hasMailServer: boolean;
}
