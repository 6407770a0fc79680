import './field.css';
import './select.css';
import { Check, ChevronDown } from 'lucide-react';
import { Button } from 'react-aria-components/Button';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select';
import { Text } from 'react-aria-components/Text';
import { FieldFault } from './field_fault.tsx';

export interface Option<Id extends string = string> {
  readonly id: Id;
  readonly name: string;
  /** The meaning of the option. */
  readonly about?: string | undefined;
}

interface Props<Id extends string> {
  readonly label: string;
  readonly options: readonly Option<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
  /** The form's name for the value. */
  readonly name?: string;
  readonly className?: string;
}

/** A select with a list of options. */
export function Select<Id extends string>({ label, options, value, onChange, name, className = '' }: Props<Id>) {
  const choose = (key: unknown) => {
    const chosen = options.find(({ id }) => id === key);
    if (chosen) onChange(chosen.id);
  };
  return (
    <AriaSelect
      {...(name === undefined ? {} : { name })}
      className={`field ${className}`}
      value={value}
      onChange={choose}
    >
      <Label className="field-label">{label}</Label>
      <Button className="select-button">
        <SelectValue className="select-value" />
        <ChevronDown size={16} aria-hidden />
      </Button>
      <FieldFault />
      <Popover className="options">
        <ListBox className="options-list" items={options}>
          {(option) => <Choice option={option} />}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

function Choice({ option }: { readonly option: Option }) {
  return (
    <ListBoxItem id={option.id} className="option" textValue={option.name}>
      {({ isSelected }) => (
        <>
          <Text slot="label">{option.name}</Text>
          {option.about !== undefined && <Text slot="description">{option.about}</Text>}
          {isSelected && <Check size={16} aria-hidden />}
        </>
      )}
    </ListBoxItem>
  );
}
