import { Badge } from './badge.tsx';

export function RoleBadge({ role }: { readonly role: string }) {
  return <Badge tone={role === 'admin' ? 'info' : undefined}>{role}</Badge>;
}
