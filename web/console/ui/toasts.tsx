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

/** Shows a message for a while, for results that the page does not show. Screen readers announce it. */
export type Toast = (message: string) => void;

const ToastContext = createContext<Toast>(() => {
  throw new Error('no toasts here');
});

const SHOWN_MILLISECONDS = 6_000;

/** The region of the toasts. F6 moves the focus to them. They stay while they have the focus or the pointer. */
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
