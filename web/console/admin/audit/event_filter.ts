import { type AuditType, isAuditType } from './event_types.ts';
import type { AuditEventsQueryVariables } from './documents.ts';

export const PAGE_SIZES = [25, 50, 100] as const;
const USUAL_SIZE = 50;

/** Which part of the log is shown: all of it is in the address, so that reload, back and links keep it. */
export interface EventFilter {
  readonly type: AuditType | undefined;
  readonly user: string;
  readonly address: string;
  /** A point in time as ISO 8601 has it: a link means the same in every zone. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly size: number;
  readonly after: string | undefined;
}

/** The part of it that somebody fills in. */
type Wanted = Pick<EventFilter, 'type' | 'user' | 'address' | 'from' | 'to'>;

export const EVERYTHING: Wanted = { type: undefined, user: '', address: '', from: undefined, to: undefined };

/** Reads an address; what it says wrongly is as if it were not said. */
export function readFilter(parameters: URLSearchParams): EventFilter {
  const type = parameters.get('type') ?? '';
  return {
    type: isAuditType(type) ? type : undefined,
    user: parameters.get('user') ?? '',
    address: parameters.get('address') ?? '',
    from: toInstant(parameters.get('from')),
    to: toInstant(parameters.get('to')),
    size: PAGE_SIZES.find((size) => String(size) === parameters.get('size')) ?? USUAL_SIZE,
    after: parameters.get('after') ?? undefined,
  };
}

/** The shortest address that {@link readFilter} reads so. */
export function writeFilter({ size, ...filter }: EventFilter): URLSearchParams {
  const parts = { ...filter, size: size === USUAL_SIZE ? undefined : String(size) };
  return new URLSearchParams(Object.entries(parts).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

export const toVariables = ({ user, address, size, ...rest }: EventFilter): AuditEventsQueryVariables => ({
  ...rest,
  first: size,
  username: user || undefined,
  address: address || undefined,
});

/** A text as a point in time; undefined where it is none. One without a zone is of the zone of whoever looks. */
export function toInstant(text: string | null): string | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** A point in time as a field for a date and a time has it, in the zone of whoever looks. */
export function toLocal(instant: string | undefined): string {
  if (instant === undefined) return '';
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Whether a text is an IP address; the server refuses others. */
export function isAddress(text: string): boolean {
  // Brackets and slashes would end the host, and names are no addresses.
  if (text.includes(':')) return /^[\da-f.:]+$/i.test(text) && URL.canParse(`http://[${text}]`);
  const host = URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : '';
  // Browsers read 127.1 and 0177.0.0.1 as addresses too, and spell them out.
  return /^[\d.]+$/.test(text) && host === text;
}
