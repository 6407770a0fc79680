import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';

/** Reloads the data of a page, and announces when it is up to date. */
export function RefreshButton({ isPending, onPress }: { readonly isPending: boolean; readonly onPress: () => void }) {
  const [isAsked, setAsked] = useState(false);
  const press = () => {
    setAsked(true);
    onPress();
  };
  return (
    <>
      <Button icon={<RotateCw aria-hidden />} isPending={isAsked && isPending} onPress={press}>
        Refresh
      </Button>
      <span className="hidden" role="status">
        {isAsked && !isPending && 'Up to date'}
      </span>
    </>
  );
}
