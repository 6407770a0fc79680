import { CodeField } from '../ui/code_field.tsx';
import { PasswordField } from '../ui/password_field.tsx';
import { TextField } from '../ui/text_field.tsx';
import type { TypedKind } from './factor_kinds.ts';

/** The field for one kind of proof. Its name is the argument of the server's field, so that faults appear at it. */
export function FactorField({ kind }: { readonly kind: TypedKind }) {
  switch (kind) {
    case 'password':
      return <PasswordField label="Password" name="password" autoComplete="current-password" isRequired autoFocus />;
    case 'totp':
      return (
        <CodeField
          label="Code"
          name="totp"
          hint="The six digits that your authenticator app shows."
          isRequired
          autoFocus
        />
      );
    case 'recoveryCode':
      return (
        <TextField
          label="Recovery code"
          name="recoveryCode"
          hint="One of the codes that you saved. Each works once."
          autoComplete="off"
          isVerbatim
          isRequired
          autoFocus
        />
      );
  }
}
