import { type AuditType, isAuditType } from './event_types.ts';
import type { AuditEventsQueryVariables } from './documents.ts';

export const PAGE_SIZES = [25, 50, 100] as const;
const USUAL_SIZE = 50;

/** The filter and the page of the log. All of it is in the address, so that reload, back and links keep it. */
export interface EventFilter {
  readonly type: AuditType | undefined;
  readonly user: string;
  readonly address: string;
  /** A time in ISO 8601, so that a link means the same in every time zone. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly size: number;
  readonly after: string | undefined;
}

/** The fields of the filter form. */
type Wanted = Pick<EventFilter, 'type' | 'user' | 'address' | 'from' | 'to'>;

export const EVERYTHING: Wanted = { type: undefined, user: '', address: '', from: undefined, to: undefined };

/** Reads the parameters of an address. Invalid ones count as missing. */
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

/** Returns the shortest parameters that {@link readFilter} reads as this filter. */
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

/** Parses a time, by default in the browser's time zone. Returns undefined for an invalid one. */
export function toInstant(text: string | null): string | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Formats a time for a `datetime-local` field, in the browser's time zone. */
export function toLocal(instant: string | undefined): string {
  if (instant === undefined) return '';
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Returns true for an IP address. The server refuses other texts. */
export function isAddress(text: string): boolean {
  // Brackets and slashes would end the host, and host names are not addresses.
  if (text.includes(':')) return /^[\da-f.:]+$/i.test(text) && URL.canParse(`http://[${text}]`);
  const host = URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : '';
  // Browsers accept 127.1 and 0177.0.0.1 too, and write them in full.
  return /^[\d.]+$/.test(text) && host === text;
}
