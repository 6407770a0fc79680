import { isIP } from 'node:net';
import { Args, Query, Resolver } from 'type-graphql';
import { AUDIT_TYPES, type AuditType } from '../../../audit/audit.ts';
import type { AuditEvent as StoredEvent } from '../../../audit/audit_event.entity.ts';
import { invalidInput } from '../../../kernel/errors.ts';
import type { UseCases } from '../../../application/use_cases.ts';
import { pageSize, period, searchable } from '../arguments.ts';
import { fromTimeCursor, toTimeCursor } from '../time_cursor.ts';
import {
  type AuditEventObject,
  AuditEventConnection,
  AuditEventsArguments,
  SignInActivity,
  SignInActivityArguments,
  STEP_SECONDS,
} from './audit.types.ts';

/** The audit log and the sign-in activity, for admins. */
@Resolver()
export class AuditResolver {
  constructor(private readonly use: Pick<UseCases, 'auditLog' | 'signInActivity'>) {}

  @Query(() => AuditEventConnection, { description: 'The audit log, newest first.' })
  async auditEvents(@Args(() => AuditEventsArguments) asked: AuditEventsArguments): Promise<AuditEventConnection> {
    const page = await this.use.auditLog({
      first: pageSize(asked.first),
      after: asked.after == null ? undefined : fromTimeCursor(asked.after),
      username: searchable('username', asked.username),
      type: asked.type == null ? undefined : known(asked.type),
      address: readAddress(asked.address),
      ...period(asked.from, asked.to),
    });
    const edges = page.events.map((event) => ({ cursor: toTimeCursor(event), node: toEvent(event) }));
    return {
      edges,
      pageInfo: {
        hasNextPage: page.hasNext,
        // The event of the cursor is on the previous page.
        hasPreviousPage: asked.after != null,
        startCursor: edges.at(0)?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  @Query(() => [SignInActivity], {
    description: 'Counts of sign-ins over time, in steps. Steps without sign-ins are included.',
  })
  async signInActivity(
    @Args(() => SignInActivityArguments) { from, to, step }: SignInActivityArguments,
  ): Promise<readonly SignInActivity[]> {
    period(from, to);
    return this.use.signInActivity({ from, to, stepSeconds: STEP_SECONDS[step] });
  }
}

/**
 * Returns an IP address.
 * @throws BAD_USER_INPUT for other text, which would match no event and look like an empty log
 */
function readAddress(text: string | null | undefined): string | undefined {
  if (text == null) return undefined;
  if (isIP(text) === 0) throw invalidInput({ field: 'address', code: 'MALFORMED', expected: 'IP_ADDRESS' });
  return text;
}

function toEvent({
  id,
  at,
  type,
  actor,
  subject,
  address,
  userAgent,
  requestId,
  detail,
}: StoredEvent): AuditEventObject {
  return {
    id,
    at,
    type,
    actor: actor ?? null,
    subject: subject ?? null,
    address: address ?? null,
    userAgent: userAgent ?? null,
    requestId: requestId ?? null,
    detail: Object.entries(detail ?? {}).map(([name, value]) => ({ name, value: String(value) })),
  };
}

function known(type: string): AuditType {
  const found = AUDIT_TYPES.find((name) => name === type);
  if (!found) throw invalidInput({ field: 'type', code: 'UNKNOWN', allowed: AUDIT_TYPES });
  return found;
}
