import './field.css';
import './search_field.css';
import { Search, X } from 'lucide-react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { SearchField as AriaSearchField } from 'react-aria-components/SearchField';
import { Button } from './button.tsx';
import { useSteady } from './use_steady.ts';
import { useTyped } from './use_typed.ts';

interface Props {
  readonly label: string;
  readonly placeholder?: string;
  /** The current search text. */
  readonly value: string;
  /** Called when the user stops typing, and at once on Enter or on clearing. */
  readonly onSearch: (text: string) => void;
  /** Returns the fault of a text. An invalid text is not searched for. */
  readonly faultOf?: (text: string) => string | undefined;
}

/** The server's limit. */
const LONGEST = 254;

/** A search field, which Escape or a button clears. */
export function SearchField({ label, placeholder, value, onSearch, faultOf }: Props) {
  const { text, type, tell, ...typed } = useTyped(value, onSearch, faultOf);
  // The fault appears after a pause, while a button below may be pressed.
  const fault = useSteady(typed.fault);
  return (
    <AriaSearchField
      className="field search"
      value={text}
      onChange={type}
      onSubmit={tell}
      onClear={() => tell('')}
      isInvalid={fault !== undefined}
    >
      <Label className="field-label">{label}</Label>
      <div className="field-box">
        <Search className="search-icon" size={18} aria-hidden />
        <Input className="field-input" {...(placeholder === undefined ? {} : { placeholder })} maxLength={LONGEST} />
        <Button look="quiet" icon={<X aria-hidden />} />
      </div>
      {fault !== undefined && <FieldError className="field-fault">{fault}</FieldError>}
    </AriaSearchField>
  );
}
