import './audit.css';
import { SearchX } from 'lucide-react';
import { useQuery } from 'urql';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Pager } from '../../ui/pager.tsx';
import { RefreshButton } from '../../ui/refresh_button.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { useFocusOnNewPage } from '../use_focus_on_new_page.ts';
import { type PlaceInList, usePlaceInList } from '../use_place_in_list.ts';
import { AuditEventsDocument, type AuditEventsQuery } from './documents.ts';
import { type EventFilter, EVERYTHING, PAGE_SIZES, readFilter, toVariables, writeFilter } from './event_filter.ts';
import { EventTable } from './event_table.tsx';
import { Filters } from './filters.tsx';

const NETWORK = { requestPolicy: 'network-only' } as const;

/** The audit log, newest first. */
export function AuditPage() {
  const place = usePlaceInList(readFilter, writeFilter);
  const query = useQuery({ query: AuditEventsDocument, variables: toVariables(place.listing), ...NETWORK });
  const [{ data, fetching }, execute] = query;
  const rows = useFocusOnNewPage(place.listing.after);
  return (
    <Page
      title="Audit log"
      lead="Events of accounts, sessions, clients and keys. They cannot be changed."
      actions={<RefreshButton isPending={fetching} onPress={() => execute(NETWORK)} />}
    >
      <Card title="Events" isFlush>
        <span className="hidden" role="status">
          {data && !fetching && counted(data.auditEvents)}
        </span>
        <Filters {...place} />
        <div ref={rows} className="audit-rows" tabIndex={-1} role="group" aria-label="Results" aria-busy={fetching}>
          <Loaded query={query} skeleton={<RowSkeleton />}>
            {({ auditEvents }) => <Rows found={auditEvents} place={place} />}
          </Loaded>
        </div>
      </Card>
    </Page>
  );
}

type Found = AuditEventsQuery['auditEvents'];

const counted = ({ edges, pageInfo }: Found) =>
  edges.length === 1 ? '1 event' : `${edges.length} events${pageInfo.hasNextPage ? ', and older events' : ''}`;

const RowSkeleton = () => (
  <div className="audit-skeleton">
    <Skeleton lines={10} height="2.5rem" />
  </div>
);

function Rows({ found, place }: { readonly found: Found; readonly place: PlaceInList<EventFilter> }) {
  const { listing, page, change, goOn, goBack } = place;
  const { edges, pageInfo } = found;
  const { hasPreviousPage, hasNextPage, endCursor } = pageInfo;
  if (edges.length === 0) {
    return (
      <EmptyState title="No events match" icon={<SearchX aria-hidden />}>
        <Button onPress={() => change(EVERYTHING)}>Show all events</Button>
      </EmptyState>
    );
  }
  return (
    <>
      <EventTable events={edges.map(({ node }) => node)} />
      <Pager
        label="Pages of events"
        place={page === undefined ? 'Older events' : `Page ${page}`}
        onPrevious={hasPreviousPage ? goBack : undefined}
        onNext={hasNextPage && endCursor != null ? () => goOn(endCursor) : undefined}
        size={listing.size}
        sizes={PAGE_SIZES}
        onSize={(size) => change({ size })}
      />
    </>
  );
}
