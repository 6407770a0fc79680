import { Dices } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { PasswordField } from '../../ui/password_field.tsx';
import { Secret } from '../../ui/secret.tsx';
import { generatePassword } from './generate_password.ts';

/** A field for another user's password, which is typed or generated. */
export function NewPasswordField({ label, name }: { readonly label: string; readonly name: string }) {
  const [value, setValue] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const generate = () => {
    setValue(generatePassword());
    // Clears the server's fault of the previous value, as typing does. The form could not be sent otherwise.
    box.current?.querySelector('input')?.dispatchEvent(new Event('change', { bubbles: true }));
  };
  return (
    <div ref={box} className="stack">
      <PasswordField
        label={label}
        name={name}
        hint="At least 12 characters. It is shown once after saving."
        autoComplete="new-password"
        value={value}
        onChange={setValue}
        isRequired
      />
      <div>
        <Button icon={<Dices aria-hidden />} onPress={generate}>
          Generate
        </Button>
      </div>
    </div>
  );
}

/** Shows a new password, only once. */
export function Handover({ username, password }: { readonly username: string; readonly password: string }) {
  return (
    <>
      <p className="muted">
        Give <strong>{username}</strong> this password in private. It is not shown again.
      </p>
      <Secret text={password} what="password" />
    </>
  );
}
