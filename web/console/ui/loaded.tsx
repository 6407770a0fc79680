import type { ReactNode } from 'react';
import type { AnyVariables, UseQueryExecute, UseQueryState } from 'urql';
import { failureOf } from './failure.ts';
import { FailureState, Skeleton } from './states.tsx';

interface Props<Data, Variables extends AnyVariables> {
  /** What `useQuery` answered. */
  readonly query: readonly [UseQueryState<Data, Variables>, UseQueryExecute];
  /** What holds the place while it loads: as tall as the content will be. */
  readonly skeleton?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** The content of a query in each of its states: loading, failed with a way to try again, forbidden, there. */
export function Loaded<Data, Variables extends AnyVariables>({ query, skeleton, children }: Props<Data, Variables>) {
  const [{ data, error, fetching }, execute] = query;
  if (error) {
    const retry = () => execute({ requestPolicy: 'network-only' });
    return <FailureState failure={failureOf(error)} onRetry={retry} isRetrying={fetching} />;
  }
  if (data != null) return children(data);
  return (
    <div aria-busy="true">
      <span className="hidden" role="status">
        Loading
      </span>
      {skeleton ?? <Skeleton />}
    </div>
  );
}
