import { Compass } from 'lucide-react';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { EmptyState } from '../ui/states.tsx';

export function NotFoundPage() {
  return (
    <Page title="Page not found">
      <EmptyState title="There is no page at this address" icon={<Compass aria-hidden />}>
        <ButtonLink to="/">Go home</ButtonLink>
      </EmptyState>
    </Page>
  );
}
