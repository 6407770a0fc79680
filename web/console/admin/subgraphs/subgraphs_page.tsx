import './subgraphs.css';
import { Network } from 'lucide-react';
import { useQuery } from 'urql';
import { Badge } from '../../ui/badge.tsx';
import { Card } from '../../ui/card.tsx';
import { Details } from '../../ui/details.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';
import { RefreshButton } from '../../ui/refresh_button.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { Row, Table } from '../../ui/table.tsx';
import { useWhileVisible } from '../../ui/use_while_visible.ts';
import { SupergraphDocument, type SupergraphQuery } from './documents.ts';
import { STATES } from './states.ts';

type Supergraph = NonNullable<SupergraphQuery['supergraph']>;

const NETWORK = { requestPolicy: 'network-only' } as const;
/** The server checks the subgraphs at most every few seconds. */
const REFRESH_SECONDS = 15;

/** The state of the supergraph and its subgraphs. */
export function SubgraphsPage() {
  const query = useQuery({ query: SupergraphDocument, ...NETWORK });
  const [{ fetching }, execute] = query;
  const refresh = () => execute(NETWORK);
  useWhileVisible(refresh, REFRESH_SECONDS);
  return (
    <Page
      title="Subgraphs"
      lead="The subgraphs behind this gateway, as seen from this replica."
      actions={<RefreshButton isPending={fetching} onPress={refresh} />}
    >
      <Loaded query={query} skeleton={<PageSkeleton />}>
        {({ supergraph }) => (supergraph ? <Gateway supergraph={supergraph} /> : <NoGateway />)}
      </Loaded>
    </Page>
  );
}

const PageSkeleton = () => (
  <Card title="Supergraph">
    <Skeleton lines={6} />
  </Card>
);

function NoGateway() {
  return (
    <Card title="Supergraph">
      <EmptyState title="This server is not a gateway" icon={<Network aria-hidden />}>
        <p className="muted">
          To put it in front of subgraphs, list them and restart the server. Each subgraph then receives the identity of
          the caller in a signed header.
        </p>
        <code className="example">SUBGRAPHS=orders=http://orders:4001/graphql,reviews=http://reviews:4002/graphql</code>
        <p className="muted">
          Or set <code>SUPERGRAPH_FILE</code> to a supergraph that was composed elsewhere.
        </p>
      </EmptyState>
    </Card>
  );
}

function Gateway({ supergraph: { state, reason, changedAt, subgraphs } }: { readonly supergraph: Supergraph }) {
  const { name, tone, about } = STATES[state];
  return (
    <>
      <Card title="Supergraph">
        <div className="stack">
          <Details
            rows={[
              [
                'State',
                <span key="state" className="row">
                  <Badge tone={tone}>{name}</Badge>
                  {about}
                </span>,
              ],
              ['Active since', changedAt != null ? <Moment at={changedAt} exact /> : null],
            ]}
          />
          {reason != null && (
            <Notice tone={tone}>
              <span className="reason">{reason}</span>
            </Notice>
          )}
        </div>
      </Card>
      <Card title="Subgraphs" isFlush>
        <Table label="Subgraphs" columns={['Name', 'Health', 'Address', 'Composed']}>
          {subgraphs.map((subgraph) => (
            <Row
              key={subgraph.name}
              cells={[
                ['Name', <strong key="name">{subgraph.name}</strong>],
                ['Health', <Health key="health" of={subgraph} />],
                ['Address', <code key="url">{subgraph.url}</code>],
                ['Composed', subgraph.composed ? 'Yes' : 'No'],
              ]}
            />
          ))}
        </Table>
      </Card>
    </>
  );
}

function Health({ of: { state, reason, milliseconds } }: { readonly of: Supergraph['subgraphs'][number] }) {
  const isUp = state === 'UP';
  return (
    <span className="row">
      <Badge tone={isUp ? 'success' : 'danger'}>{isUp ? 'Healthy' : 'Unhealthy'}</Badge>
      {milliseconds != null && <span className="muted small">{milliseconds} ms</span>}
      {reason != null && <span className="small">{reason}</span>}
    </span>
  );
}
