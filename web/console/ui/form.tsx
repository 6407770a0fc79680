import './form.css';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Form as AriaForm } from 'react-aria-components/Form';
import { type Failure, failureOf } from './failure.ts';
import { Notice } from './notice.tsx';
import { useCountdown } from './use_countdown.ts';
import { useSteady } from './use_steady.ts';

/** The fields of a submitted form, by name. */
export type Fields = Readonly<Record<string, string>>;

/** The state of a form's submission. */
export interface Submission {
  readonly isPending: boolean;
  readonly failure: Failure | undefined;
  submit(event: FormEvent<HTMLFormElement>): void;
}

/**
 * Submits a form, once at a time, and keeps its failure.
 * @param send throws an error that {@link failureOf} can read
 */
export function useSubmission(send: (fields: Fields, form: HTMLFormElement) => Promise<void>): Submission {
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  return {
    isPending,
    failure,
    submit(event) {
      event.preventDefault();
      if (isPending) return;
      const form = event.currentTarget;
      const fields = Object.fromEntries(
        [...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : '']),
      );
      setPending(true);
      setFailure(undefined);
      send(fields, form)
        .catch((error: unknown) => setFailure(failureOf(error)))
        .finally(() => setPending(false));
    },
  };
}

interface Props {
  readonly submission: Submission;
  /** The names of the fields inside. Faults of other fields appear above the form. */
  readonly names: readonly string[];
  readonly label: string;
  readonly children: ReactNode;
}

/** A form that shows and announces faults at their fields, or above them, and focuses the first faulty field. */
export function Form({ submission, names, label, children }: Props) {
  const { failure, submit } = submission;
  const form = useRef<HTMLFormElement>(null);
  // The fields show their faults by now. `reportValidity` would clear the faults that the server reported.
  useEffect(() => {
    if (failure) form.current?.querySelector<HTMLElement>('input:invalid, textarea:invalid')?.focus();
  }, [failure]);
  const known = Object.entries(failure?.fields ?? {}).filter(([name]) => names.includes(name));
  return (
    <AriaForm
      ref={form}
      className="form"
      aria-label={label}
      onSubmit={submit}
      validationErrors={Object.fromEntries(known)}
    >
      {failure && known.length < Math.max(1, Object.keys(failure.fields).length) && <FormFailure failure={failure} />}
      {children}
    </AriaForm>
  );
}

function FormFailure({ failure }: { readonly failure: Failure }) {
  const remaining = useCountdown(failure);
  const hint = remaining > 0 ? ` Try again in ${duration(remaining)}.` : ' You can try again now.';
  const shown = useSteady(hint);
  return (
    <Notice tone={failure.code === 'RATE_LIMITED' ? 'warning' : 'danger'} isUrgent>
      {failure.message}
      {failure.retryAfter !== undefined && (
        // Announced once, not every second.
        <span aria-hidden={remaining !== failure.retryAfter}>{shown}</span>
      )}
    </Notice>
  );
}

function duration(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')];
  return minutes > 0 ? `${minutes}:${rest} minutes` : `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
}
