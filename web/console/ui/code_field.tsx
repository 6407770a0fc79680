import { TextField, type TextFieldProps } from './text_field.tsx';

type Props = Omit<TextFieldProps, 'type' | 'isVerbatim' | 'autoComplete' | 'inputMode'>;

/** A field for the code of an authenticator app. Phones show digits, and fill in a code that they received. */
export function CodeField(props: Props) {
  return <TextField {...props} autoComplete="one-time-code" inputMode="numeric" isVerbatim />;
}
