import './dashboard.css';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useQuery } from 'urql';
import { failureOf } from '../../ui/failure.ts';
import { Page } from '../../ui/page.tsx';
import { RefreshButton } from '../../ui/refresh_button.tsx';
import { FailureState } from '../../ui/states.tsx';
import { useWhileVisible } from '../../ui/use_while_visible.ts';
import { ActivityCard } from './activity_card.tsx';
import { ActivityTable } from './activity_table.tsx';
import { ActivityDocument, TotalsDocument } from './documents.ts';
import { MEASURES } from './measures.ts';
import { PERIODS, readPeriod, spanOf } from './period.ts';

const NETWORK = { requestPolicy: 'network-only' } as const;
const REFRESH_SECONDS = 30;

/** Totals and sign-ins over time. */
export function DashboardPage() {
  const [parameters] = useSearchParams();
  const period = readPeriod(parameters.get('period'));
  const [now, setNow] = useState(() => Date.now());
  const span = spanOf(period, now);
  const [totals, askTotals] = useQuery({ query: TotalsDocument, ...NETWORK });
  const [asked, askActivity] = useQuery({
    query: ActivityDocument,
    variables: { ...span, step: period.step },
    ...NETWORK,
  });
  const refresh = () => {
    const next = Date.now();
    askTotals(NETWORK);
    // In a later step, the changed variables start the query.
    if (spanOf(period, next).to === span.to) askActivity(NETWORK);
    else setNow(next);
  };
  useWhileVisible(refresh, REFRESH_SECONDS);
  // Until the new period is loaded, urql still returns the data of the previous one.
  const activity = asked.data?.signInActivity.length === period.steps ? asked.data.signInActivity : undefined;
  const error = totals.error ?? asked.error;
  const isAsking = totals.fetching || asked.fetching;
  return (
    <Page
      title="Dashboard"
      lead="Sign-ins and sessions at a glance."
      actions={<RefreshButton isPending={isAsking} onPress={refresh} />}
    >
      {error ? (
        <FailureState failure={failureOf(error)} onRetry={refresh} isRetrying={isAsking} />
      ) : (
        <>
          <Totals of={totals.data?.adminDashboard} />
          <Periods chosen={period.id} />
          <div className="activity" aria-busy={!activity}>
            {MEASURES.map((measure) => (
              <ActivityCard key={measure.key} measure={measure} activity={activity} period={period} from={span.from} />
            ))}
          </div>
          {activity && <ActivityTable activity={activity} period={period} />}
        </>
      )}
    </Page>
  );
}

interface Numbers {
  readonly totalUsers: number;
  readonly activeSessions: number;
}

function Totals({ of }: { readonly of: Numbers | undefined }) {
  return (
    <dl className="totals">
      <div>
        <dt>Accounts</dt>
        <dd>{of ? of.totalUsers.toLocaleString('en') : '–'}</dd>
        <dd>
          <Link to="/admin/users">Show users</Link>
        </dd>
      </div>
      <div>
        <dt>Active sessions</dt>
        <dd>{of ? of.activeSessions.toLocaleString('en') : '–'}</dd>
        <dd className="muted">Devices and programs that are signed in</dd>
      </div>
    </dl>
  );
}

function Periods({ chosen }: { readonly chosen: string }) {
  return (
    <nav className="periods" aria-label="Period">
      {PERIODS.map(({ id, name }) => (
        <Link
          key={id}
          to={{ search: `?period=${id}` }}
          replace
          preventScrollReset
          aria-current={id === chosen ? 'true' : undefined}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
