import { Badge } from './badge.tsx';
import { Button } from './button.tsx';
import { Moment } from './moment.tsx';
import { Row, Table } from './table.tsx';
import { deviceName } from './device_name.ts';

export interface Session {
  readonly id: string;
  readonly address: string;
  readonly userAgent: string | null;
  /** The name of the session's client. */
  readonly client: string | null;
  readonly current: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
}

interface Props {
  readonly sessions: readonly Session[];
  readonly onEnd: (session: Session) => void;
}

/** The sessions by device, each with a button to end it. */
export function SessionTable({ sessions, onEnd }: Props) {
  return (
    <Table label="Sessions" columns={['Device', 'Address', 'Signed in', 'Last used', 'Expires', { hidden: 'Actions' }]}>
      {sessions.map((session) => (
        <Row
          key={session.id}
          cells={[
            ['Device', <Device key="device" session={session} />],
            ['Address', session.address],
            ['Signed in', <Moment key="created" at={session.createdAt} />],
            ['Last used', <Moment key="used" at={session.lastUsedAt} />],
            ['Expires', <Moment key="expires" at={session.expiresAt} />],
            ['', session.current ? null : <EndButton key="end" session={session} onEnd={onEnd} />],
          ]}
        />
      ))}
    </Table>
  );
}

function Device({ session }: { readonly session: Session }) {
  return (
    <span className="row" title={session.userAgent ?? undefined}>
      <strong>{deviceName(session.userAgent)}</strong>
      {session.current && <Badge tone="success">This device</Badge>}
      {session.client != null && <Badge>{session.client}</Badge>}
    </span>
  );
}

function EndButton({ session, onEnd }: { readonly session: Session; readonly onEnd: Props['onEnd'] }) {
  return (
    <Button aria-label={`Sign out ${deviceName(session.userAgent)}`} onPress={() => onEnd(session)}>
      Sign out
    </Button>
  );
}
