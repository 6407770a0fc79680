import './checkbox.css';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Checkbox as AriaCheckbox, type CheckboxProps as AriaCheckboxProps } from 'react-aria-components/Checkbox';

interface Props extends Omit<AriaCheckboxProps, 'className' | 'style' | 'children'> {
  readonly children: ReactNode;
  /** The meaning of the option. */
  readonly about?: ReactNode;
}

/** A checkbox with a label. */
export function Checkbox({ children, about, ...props }: Props) {
  return (
    <AriaCheckbox {...props} className="check">
      <span className="check-box">
        <Check size={14} strokeWidth={3} aria-hidden />
      </span>
      <span>
        {children}
        {about !== undefined && <span className="field-hint">{about}</span>}
      </span>
    </AriaCheckbox>
  );
}
