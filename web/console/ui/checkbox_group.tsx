import './checkbox.css';
import './field.css';
import { CheckboxGroup as AriaCheckboxGroup } from 'react-aria-components/CheckboxGroup';
import { Label } from 'react-aria-components/Label';
import { Checkbox } from './checkbox.tsx';
import { FieldFault } from './field_fault.tsx';
import type { Option } from './select.tsx';

interface Props {
  readonly label: string;
  /** The form's name for each selected value. */
  readonly name: string;
  readonly options: readonly Option[];
  readonly value: readonly string[];
  readonly onChange: (ids: string[]) => void;
}

/** A group of checkboxes. */
export function CheckboxGroup({ label, name, options, value, onChange }: Props) {
  return (
    <AriaCheckboxGroup className="field" name={name} value={[...value]} onChange={onChange}>
      <Label className="field-label">{label}</Label>
      <div className="checks">
        {options.map(({ id, name: text, about }) => (
          <Checkbox key={id} value={id} about={about}>
            {text}
          </Checkbox>
        ))}
      </div>
      <FieldFault />
    </AriaCheckboxGroup>
  );
}
