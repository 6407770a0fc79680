import { useState } from 'react';
import { Button, type ButtonLook } from './button.tsx';
import { failureOf } from './failure.ts';
import { useToast } from './toasts.tsx';

interface Props {
  readonly action: string;
  readonly act: () => Promise<unknown>;
  /** Reports the result. Without it the page shows it. */
  readonly done?: string;
  readonly look?: ButtonLook;
}

/** A button that acts without confirmation, and reports a failure. */
export function AtOnce({ action, act, done, look = 'secondary' }: Props) {
  const toast = useToast();
  const [isPending, setPending] = useState(false);
  const press = () => {
    setPending(true);
    act()
      .then(
        () => done !== undefined && toast(done),
        (error: unknown) => toast(failureOf(error).message),
      )
      .finally(() => setPending(false));
  };
  return (
    <Button look={look} isPending={isPending} onPress={press}>
      {action}
    </Button>
  );
}
