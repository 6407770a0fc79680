import '../ui/states.css';
import { RotateCw, TriangleAlert } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import { useTitle } from '../ui/page.tsx';

/** The page for a failure. After an upgrade, files have new names, and a reload gets them. */
export function ErrorPage() {
  const heading = useTitle('Something went wrong');
  return (
    <div className="state" role="alert">
      <TriangleAlert aria-hidden />
      <h1 ref={heading} tabIndex={-1}>
        This page could not be shown
      </h1>
      <p className="muted">
        The server may be unavailable, or was upgraded while this page was open. Your data is safe.
      </p>
      <Button look="primary" icon={<RotateCw aria-hidden />} onPress={() => location.reload()}>
        Reload
      </Button>
    </div>
  );
}
