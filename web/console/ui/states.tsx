import './states.css';
import { Inbox, Lock, RotateCw, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import type { Failure } from './failure.ts';

/** Grey bars in place of text that is loading. As many lines as the text keep the layout stable. */
export function Skeleton({ lines = 3, height = '1.5rem' }: { readonly lines?: number; readonly height?: string }) {
  return (
    <div className="skeleton" aria-hidden>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} style={{ height }} />
      ))}
    </div>
  );
}

interface Empty {
  readonly title: string;
  readonly children?: ReactNode;
  readonly icon?: ReactNode;
}

/** The state of an empty list, with an explanation or a next step. */
export function EmptyState({ title, children, icon = <Inbox aria-hidden /> }: Empty) {
  return (
    <div className="state">
      {icon}
      <p className="state-title">{title}</p>
      {children}
    </div>
  );
}

/** The state of a page that the user's role does not include. */
export function ForbiddenState() {
  return (
    <EmptyState title="Access denied" icon={<Lock aria-hidden />}>
      <p className="muted">Your role does not include this page. Ask an administrator if you need access.</p>
    </EmptyState>
  );
}

interface Failed {
  readonly failure: Failure;
  readonly onRetry: () => void;
  readonly isRetrying?: boolean;
}

/** The state of content that could not be loaded, with a retry button. A refusal has none, because it would repeat. */
export function FailureState({ failure, onRetry, isRetrying = false }: Failed) {
  if (failure.code === 'FORBIDDEN') return <ForbiddenState />;
  return (
    <div className="state" role="alert">
      <Unplug aria-hidden />
      <p className="state-title">This could not be loaded</p>
      <p className="muted">{failure.message}</p>
      <Button icon={<RotateCw aria-hidden />} isPending={isRetrying} onPress={onRetry}>
        Try again
      </Button>
    </div>
  );
}
