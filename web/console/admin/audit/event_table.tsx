import './audit.css';
import { ChevronDown } from 'lucide-react';
import { useId, useState } from 'react';
import { deviceName } from '../../ui/device_name.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Details } from '../../ui/details.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Row, Table } from '../../ui/table.tsx';
import type { AuditEventsQuery } from './documents.ts';
import { nameOfType, toneOfType } from './event_types.ts';

type AuditEvent = AuditEventsQuery['auditEvents']['edges'][number]['node'];

/** The events, newest first. Each row expands to its details. */
export function EventTable({ events }: { readonly events: readonly AuditEvent[] }) {
  return (
    <Table label="Events" columns={['Time', 'Event', 'User', 'Source', { hidden: 'Details' }]}>
      {events.map((event) => (
        <Event key={event.id} event={event} />
      ))}
    </Table>
  );
}

function Event({ event }: { readonly event: AuditEvent }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const name = nameOfType(event.type);
  return (
    <>
      <Row
        cells={[
          ['Time', <Moment key="at" at={event.at} exact />],
          [
            'Event',
            <Badge key="type" tone={toneOfType(event.type)}>
              {name}
            </Badge>,
          ],
          ['User', <Who key="who" event={event} />],
          ['Source', <From key="from" event={event} />],
          [
            '',
            <Button
              key="open"
              look="quiet"
              icon={<ChevronDown className={isOpen ? 'opened' : ''} aria-hidden />}
              aria-label={`Details: ${name}`}
              aria-expanded={isOpen}
              {...(isOpen ? { 'aria-controls': id } : {})}
              onPress={() => setOpen(!isOpen)}
            />,
          ],
        ]}
      />
      {isOpen && (
        <tr id={id} role="row" className="event-details">
          <td role="cell" colSpan={5}>
            <Details rows={detailsOf(event)} />
          </td>
        </tr>
      )}
    </>
  );
}

/** The server's prefix for the digest of an unknown name. */
const UNKNOWN = 'unknown:';

/** Shows the digest of an unknown name, which is equal for equal names. */
function UnknownName({ subject }: { readonly subject: string }) {
  return (
    <span title="There is no account with the entered name. Equal names have equal digests.">
      unknown name <code className="muted small">{subject.slice(UNKNOWN.length)}</code>
    </span>
  );
}

/** Shows actor and subject, once if they are the same. */
function Who({ event: { actor, subject } }: { readonly event: AuditEvent }) {
  if (subject?.startsWith(UNKNOWN)) return <UnknownName subject={subject} />;
  if (actor == null || actor === subject) return <strong>{subject}</strong>;
  return (
    <span>
      <strong>{actor}</strong>
      {subject != null && (
        <>
          <span aria-hidden> → </span>
          <span className="hidden"> acted on </span>
          {subject}
        </>
      )}
    </span>
  );
}

function From({ event: { address, userAgent } }: { readonly event: AuditEvent }) {
  return (
    <span className="event-from">
      {address}
      {userAgent != null && <span className="muted small">{deviceName(userAgent)}</span>}
    </span>
  );
}

const detailsOf = ({ type, at, actor, subject, address, userAgent, requestId, detail }: AuditEvent) =>
  [
    ['Type', <code key="type">{type}</code>],
    [
      'Time',
      <time key="at" dateTime={at}>
        {new Date(at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'long' })}
      </time>,
    ],
    ['Actor', actor ?? <span className="muted">not authenticated</span>],
    ['Subject', subject],
    ['Address', address],
    ['Device', userAgent],
    ['Request', requestId != null ? <code key="request">{requestId}</code> : null],
    ...detail.map(({ name, value }) => [name, value] as const),
  ] as const;
