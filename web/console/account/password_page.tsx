import { useAuth } from '../session/auth_context.ts';
import { useChange } from '../session/use_change.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { Page } from '../ui/page.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { useToast } from '../ui/toasts.tsx';
import { ChangePasswordDocument } from './documents.ts';

export function PasswordPage() {
  const { user } = useAuth();
  const change = useChange(ChangePasswordDocument);
  const toast = useToast();
  const submission = useSubmission(async ({ currentPassword = '', newPassword = '' }, form) => {
    await change({ currentPassword, newPassword });
    form.reset();
    toast('Your password was changed. Your other sessions have ended.');
  });
  return (
    <Page title="Password" lead="Changing it signs you out everywhere else.">
      <Card title="Change password">
        <Form label="Change password" names={['currentPassword', 'newPassword']} submission={submission}>
          {/* Tells password managers the account of the password. */}
          <input type="text" name="username" autoComplete="username" value={user?.username ?? ''} readOnly hidden />
          <PasswordField label="Current password" name="currentPassword" autoComplete="current-password" isRequired />
          <PasswordField
            label="New password"
            name="newPassword"
            hint="At least 12 characters. Several words work well."
            autoComplete="new-password"
            isRequired
          />
          <div className="actions">
            <Button type="submit" look="primary" isPending={submission.isPending}>
              Change password
            </Button>
          </div>
        </Form>
      </Card>
    </Page>
  );
}
