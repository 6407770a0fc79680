import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';
import { TextField, type TextFieldProps } from './text_field.tsx';

interface Props extends Omit<TextFieldProps, 'type' | 'inside' | 'isVerbatim' | 'autoComplete'> {
  /** Password managers fill in the one and offer to make the other. */
  readonly autoComplete: 'current-password' | 'new-password';
}

/** A password, hidden until its owner wants to see it. */
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
