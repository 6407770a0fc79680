import { useAuth } from '../session/auth_context.ts';
import { Button } from '../ui/button.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { TextField } from '../ui/text_field.tsx';
import { SignInFrame } from './frame.tsx';
import { PartingNotice } from './parting_notice.tsx';
import { SignUpLink } from './sign_up_link.tsx';

export function SignInPage() {
  return (
    <SignInFrame title="Sign in" below={<SignUpLink />}>
      <SignInForm />
    </SignInFrame>
  );
}

function SignInForm() {
  const auth = useAuth();
  const submission = useSubmission(async ({ username = '', password = '' }, form) => {
    try {
      await auth.login({ username: username.trim(), password });
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
      {!submission.failure && <PartingNotice />}
      <TextField
        label="Username or e-mail address"
        name="username"
        autoComplete="username"
        isVerbatim
        isRequired
        autoFocus
      />
      <PasswordField label="Password" name="password" autoComplete="current-password" isRequired />
      <Button type="submit" look="primary" isPending={submission.isPending}>
        Sign in
      </Button>
    </Form>
  );
}
