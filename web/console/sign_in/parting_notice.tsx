import { useLocation } from 'react-router';
import { useAuth } from '../session/auth_context.ts';
import { partingSentence } from '../session/parting.ts';
import { usePendingLogout } from '../session/use_pending_logout.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { useSteady } from '../ui/use_steady.ts';

/**
 * The reason why a user returned to the sign-in page. It warns of a sign-out that did not reach the server, because on
 * a shared computer the next person must not find the session.
 */
export function PartingNotice() {
  const auth = useAuth();
  // A response of the server must not move the form below during a press.
  const pending = useSteady(usePendingLogout());
  const parting = partingSentence(useLocation().state);
  if (pending === 'sending') return <Notice tone="info">Signing out …</Notice>;
  if (pending === 'owed') {
    // This notice shows the result again.
    const tryAgain = () => void auth.logout().catch(() => undefined);
    return (
      <Notice tone="warning" isUrgent>
        <p>
          The server could not be reached, so your session has not ended there yet. It will end as soon as this page
          reaches the server again.
        </p>
        <Button onPress={tryAgain}>Try again</Button>
      </Notice>
    );
  }
  return parting !== undefined && <Notice tone="info">{parting}</Notice>;
}
