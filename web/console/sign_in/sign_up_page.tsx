import './sign_in.css';
import { Link, useLocation } from 'react-router';
import { useClient, useQuery } from 'urql';
import { useAuth } from '../session/auth_context.ts';
import { Button } from '../ui/button.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Notice } from '../ui/notice.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { Skeleton } from '../ui/states.tsx';
import { TextField } from '../ui/text_field.tsx';
import { RegisterDocument, RegistrationDocument } from './documents.ts';
import { SignInFrame } from './frame.tsx';

export function SignUpPage() {
  return (
    <SignInFrame title="Create an account" below={<SignInLink />}>
      <SignUp />
    </SignInFrame>
  );
}

function SignUp() {
  const query = useQuery({ query: RegistrationDocument });
  return (
    <Loaded query={query} skeleton={<Skeleton lines={5} height="4rem" />}>
      {({ gatehouse }) =>
        gatehouse.registrationOpen ? (
          <SignUpForm />
        ) : (
          <Notice tone="info">
            Only administrators can create accounts on this server. Ask an administrator for one.
          </Notice>
        )
      }
    </Loaded>
  );
}

function SignUpForm() {
  const auth = useAuth();
  const client = useClient();
  const submission = useSubmission(async ({ username = '', email = '', fullName = '', password = '' }) => {
    const input = { username: username.trim(), email: email.trim(), fullName: fullName.trim() || null, password };
    const { error } = await client.mutation(RegisterDocument, { input });
    if (error) throw error;
    await auth.login({ username: input.username, password });
  });
  return (
    <Form label="Create an account" names={['username', 'email', 'fullName', 'password']} submission={submission}>
      <TextField
        label="Username"
        name="username"
        hint="3 to 64 letters, digits, “.”, “_” and “-”. It cannot be changed later."
        autoComplete="username"
        isVerbatim
        isRequired
        autoFocus
      />
      <TextField label="E-mail" name="email" type="email" autoComplete="email" isRequired />
      <TextField label="Full name (optional)" name="fullName" autoComplete="name" maxLength={200} />
      <PasswordField
        label="Password"
        name="password"
        hint="At least 12 characters. Several words work well."
        autoComplete="new-password"
        isRequired
      />
      <Button type="submit" look="primary" isPending={submission.isPending}>
        Create account
      </Button>
    </Form>
  );
}

function SignInLink() {
  const { search } = useLocation();
  return (
    <p className="sign-in-other muted">
      Already have an account? <Link to={`/sign-in${search}`}>Sign in</Link>
    </p>
  );
}
