import './clients.css';
import { AppWindow, Plus } from 'lucide-react';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { LongName } from '../../ui/long_name.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Page } from '../../ui/page.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { Row, Table } from '../../ui/table.tsx';
import type { Client } from './client.ts';
import { ClientsDocument } from './documents.ts';
import { nameOfGrant } from './grants.ts';
import { RegisterClient } from './register_client.tsx';
import { RemoveClient } from './remove_client.tsx';

/** Tells urql the type of the list, which an empty list does not show. */
const OF_CLIENTS = { additionalTypenames: ['Client'] };

/** The registered OAuth clients. */
export function ClientsPage() {
  const query = useQuery({ query: ClientsDocument, context: OF_CLIENTS });
  const [isRegistering, setRegistering] = useState(false);
  const [removed, setRemoved] = useState<Client>();
  const register = (
    <Button look="primary" icon={<Plus aria-hidden />} onPress={() => setRegistering(true)}>
      Register client
    </Button>
  );
  return (
    <Page
      title="Clients"
      lead="Programs that get tokens from this server, for users or for themselves."
      actions={register}
    >
      <Card title="Registered" isFlush>
        <KeepFocus label="Clients">
          <div className="clients-rows">
            <Loaded query={query} skeleton={<ClientsSkeleton />}>
              {({ clients }) =>
                clients.length > 0 ? <Clients clients={clients} onRemove={setRemoved} /> : <NoClients />
              }
            </Loaded>
          </div>
        </KeepFocus>
      </Card>
      <RegisterClient isOpen={isRegistering} onClose={() => setRegistering(false)} />
      <RemoveClient client={removed} onClose={() => setRemoved(undefined)} />
    </Page>
  );
}

const ClientsSkeleton = () => (
  <div className="clients-skeleton">
    <Skeleton lines={3} height="3rem" />
  </div>
);

const NoClients = () => (
  <EmptyState title="No clients yet" icon={<AppWindow aria-hidden />}>
    <p className="muted">This console and the API need no client. Register programs that sign users in with OAuth 2.</p>
  </EmptyState>
);

interface ClientsProps {
  readonly clients: readonly Client[];
  readonly onRemove: (client: Client) => void;
}

function Clients({ clients, onRemove }: ClientsProps) {
  const columns = ['Client', 'Grant types', 'Scopes', 'Redirect URIs', 'Registered', { hidden: 'Actions' }];
  return (
    <Table label="Clients" columns={columns}>
      {clients.map((client) => (
        <Row
          key={client.id}
          cells={[
            ['Client', <Name key="name" client={client} />],
            ['Grant types', client.grantTypes.map(nameOfGrant).join(', ')],
            ['Scopes', client.scopes.length > 0 ? <code key="scopes">{client.scopes.join(' ')}</code> : NONE],
            ['Redirect URIs', client.redirectUris.length > 0 ? <Lines key="uris" of={client.redirectUris} /> : NONE],
            ['Registered', <Moment key="at" at={client.createdAt} />],
            [
              '',
              <Button key="remove" look="danger" aria-label={`Remove ${client.name}`} onPress={() => onRemove(client)}>
                Remove
              </Button>,
            ],
          ]}
        />
      ))}
    </Table>
  );
}

const NONE = <span className="muted">none</span>;

function Name({ client: { id, name, public: isPublic } }: { readonly client: Client }) {
  return (
    <span className="client-name">
      <span className="row">
        <strong>
          <LongName of={name} />
        </strong>
        {isPublic && <Badge>Public</Badge>}
      </span>
      <code className="muted small">{id}</code>
    </span>
  );
}

function Lines({ of }: { readonly of: readonly string[] }) {
  return (
    <ul className="small">
      {of.map((line) => (
        <li key={line}>
          <code>{line}</code>
        </li>
      ))}
    </ul>
  );
}
