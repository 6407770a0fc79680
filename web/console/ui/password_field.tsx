import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';
import { TextField, type TextFieldProps } from './text_field.tsx';

interface Props extends Omit<TextFieldProps, 'type' | 'inside' | 'isVerbatim' | 'autoComplete'> {
  /** Password managers fill in a current password and offer to generate a new one. */
  readonly autoComplete: 'current-password' | 'new-password';
}

/** A password field with a button to show its text. */
export function PasswordField(props: Props) {
  const [isShown, setShown] = useState(false);
  const toggle = (
    <Button
      look="quiet"
      aria-label={isShown ? 'Hide password' : 'Show password'}
      icon={isShown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
      onPress={() => setShown(!isShown)}
    />
  );
  return <TextField {...props} type={isShown ? 'text' : 'password'} isVerbatim inside={toggle} />;
}
