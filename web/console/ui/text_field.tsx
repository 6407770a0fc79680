import './field.css';
import type { HTMLInputAutoCompleteAttribute, ReactNode } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'style' | 'children' | 'autoComplete'> {
  readonly label: string;
  /** What to know before typing. */
  readonly hint?: ReactNode;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  /** Beside the text, inside the border: a button that shows a password. */
  readonly inside?: ReactNode;
}

/** A line of text with its label, its hint, and the fault that the browser or the form's `validationErrors` name. */
export function TextField({ label, hint, inside, ...props }: TextFieldProps) {
  return (
    <AriaTextField {...props} className="field">
      <Label className="field-label">{label}</Label>
      {hint !== undefined && (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <div className="field-box">
        <Input className="field-input" />
        {inside}
      </div>
      <FieldError className="field-fault" />
    </AriaTextField>
  );
}
