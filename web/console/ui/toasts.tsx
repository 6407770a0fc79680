import './toasts.css';
import { X } from 'lucide-react';
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components/Toast';
import { Text } from 'react-aria-components/Text';
import { createContext, type ReactNode, useContext, useState } from 'react';
import { Button } from './button.tsx';

/** Shows a sentence for a while: that something was done, where the page itself does not show it. Screen readers read it. */
export type Toast = (message: string) => void;

const ToastContext = createContext<Toast>(() => {
  throw new Error('no toasts here');
});

const SHOWN_MILLISECONDS = 6_000;

/** Keeps the toasts of what is inside. F6 moves the focus to them; they wait while they have it, or the pointer. */
export function Toasts({ children }: { readonly children: ReactNode }) {
  const [queue] = useState(() => new ToastQueue<string>({ maxVisibleToasts: 3 }));
  const [toast] = useState<Toast>(() => (message: string) => queue.add(message, { timeout: SHOWN_MILLISECONDS }));
  return (
    <ToastContext value={toast}>
      {children}
      <ToastRegion queue={queue} className="toasts">
        {({ toast: shown }) => (
          <AriaToast toast={shown} className="toast">
            <ToastContent>
              <Text slot="title">{shown.content}</Text>
            </ToastContent>
            <Button slot="close" look="quiet" aria-label="Dismiss" icon={<X aria-hidden />} />
          </AriaToast>
        )}
      </ToastRegion>
    </ToastContext>
  );
}

export const useToast = () => useContext(ToastContext);
