import { useAuth } from '../session/auth_context.ts';
import { Button } from '../ui/button.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { TextField } from '../ui/text_field.tsx';
import { PartingNotice } from './parting_notice.tsx';

/** A sign-in that returned from its second step. */
export interface Begun {
  readonly username: string;
  /** True if it took too long, or too many codes were wrong. */
  readonly isOver: boolean;
}

interface Props {
  readonly begun: Begun | undefined;
  /** Continues after a refusal. @throws the error, if it is to be shown */
  readonly onRefused: (username: string, error: unknown) => void;
}

/** The first step of a sign-in. */
export function SignInForm({ begun, onRefused }: Props) {
  const auth = useAuth();
  const submission = useSubmission(async ({ username: typed = '', password = '' }, form) => {
    const username = typed.trim();
    try {
      await auth.login({ username, password }).catch((error: unknown) => onRefused(username, error));
    } catch (error) {
      // Keeps the username, and selects the password for the next attempt.
      const field = form.querySelector<HTMLInputElement>('[name=password]');
      field?.focus();
      field?.select();
      throw error;
    }
  });
  return (
    <Form label="Sign in" names={[]} submission={submission}>
      {!submission.failure && !begun && <PartingNotice />}
      {!submission.failure && begun?.isOver && (
        <Notice tone="warning" isUrgent>
          This sign-in took too long, or too many codes were wrong. Sign in again.
        </Notice>
      )}
      <TextField
        label="Username or e-mail address"
        name="username"
        autoComplete="username"
        defaultValue={begun?.username ?? ''}
        isVerbatim
        isRequired
        autoFocus={!begun}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        isRequired
        autoFocus={begun !== undefined}
      />
      <Button type="submit" look="primary" isPending={submission.isPending}>
        Sign in
      </Button>
    </Form>
  );
}
