import type { ReactNode } from 'react';
import type { AnyVariables, UseQueryExecute, UseQueryState } from 'urql';
import { failureOf } from './failure.ts';
import { FailureState, Skeleton } from './states.tsx';

interface Props<Data, Variables extends AnyVariables> {
  /** The result of `useQuery`. */
  readonly query: readonly [UseQueryState<Data, Variables>, UseQueryExecute];
  /** The placeholder while it loads, as tall as the content. */
  readonly skeleton?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** Shows a query in each of its states: loading, failed, forbidden, loaded. */
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
