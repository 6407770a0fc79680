import './field.css';
import type { HTMLInputAutoCompleteAttribute, ReactNode } from 'react';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';
import { FieldFault } from './field_fault.tsx';

export interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'style' | 'children' | 'autoComplete'> {
  readonly label: string;
  /** A hint above the field. */
  readonly hint?: ReactNode;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  /** Turns off autocorrection, for names and secrets. */
  readonly isVerbatim?: boolean;
  /** Makes it a text area of this height in lines. */
  readonly lines?: number;
  /** A control inside the border, such as a button to show a password. */
  readonly inside?: ReactNode;
}

const VERBATIM = { autoCapitalize: 'none', autoCorrect: 'off', spellCheck: false } as const;

/** A text field with its label, its hint, and its fault from the browser or the form's `validationErrors`. */
export function TextField({ label, hint, inside, lines, isVerbatim = false, ...props }: TextFieldProps) {
  return (
    <AriaTextField {...props} className="field">
      <Label className="field-label">{label}</Label>
      {hint !== undefined && (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <div className="field-box">
        {lines === undefined ? (
          <Input className="field-input" {...(isVerbatim ? VERBATIM : {})} />
        ) : (
          <TextArea className="field-input" rows={lines} {...(isVerbatim ? VERBATIM : {})} />
        )}
        {inside}
      </div>
      <FieldFault />
    </AriaTextField>
  );
}
