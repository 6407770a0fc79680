import './sign_in.css';
import { KeyRound } from 'lucide-react';
import { useQuery } from 'urql';
import { supportsPasskeys } from '../session/passkey.ts';
import { useAuth } from '../session/auth_context.ts';
import { Button } from '../ui/button.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { TextField } from '../ui/text_field.tsx';
import { RegistrationDocument } from './documents.ts';
import { PartingNotice } from './parting_notice.tsx';
import { usePasskeySignIn } from './use_passkey_sign_in.ts';

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
  const [{ data }] = useQuery({ query: RegistrationDocument });
  const hasPasskeys = data?.gatehouse.passkeys === true && supportsPasskeys();
  const passkey = usePasskeySignIn(hasPasskeys);
  const submission = useSubmission(async ({ username: typed = '', password = '' }, form) => {
    const username = typed.trim();
    passkey.forget();
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
  const failure = passkey.failure ?? submission.failure;
  return (
    <Form label="Sign in" names={[]} submission={{ ...submission, failure }}>
      {!failure && !begun && <PartingNotice />}
      {!failure && begun?.isOver && (
        <Notice tone="warning" isUrgent>
          This sign-in took too long, or too many codes were wrong. Sign in again.
        </Notice>
      )}
      <TextField
        label="Username or e-mail address"
        name="username"
        autoComplete="username webauthn"
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
      {supportsPasskeys() && (
        <div className="sign-in-passkey">
          {hasPasskeys && (
            <Button icon={<KeyRound aria-hidden />} isPending={passkey.isPending} onPress={passkey.start}>
              Use a passkey
            </Button>
          )}
        </div>
      )}
    </Form>
  );
}
