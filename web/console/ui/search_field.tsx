import './field.css';
import './search_field.css';
import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { SearchField as AriaSearchField } from 'react-aria-components/SearchField';
import { Button } from './button.tsx';

interface Props {
  readonly label: string;
  readonly placeholder: string;
  /** What is searched for now. */
  readonly value: string;
  /** Told once the person stops typing, and at once on Enter and when it is cleared. */
  readonly onSearch: (text: string) => void;
}

const PAUSE_MILLISECONDS = 300;
/** The server's limit. */
const LONGEST = 254;

/** Words to search for. Escape and a button clear it. */
export function SearchField({ label, placeholder, value, onSearch }: Props) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const search = (next: string) => {
    const words = next.trim();
    if (words === told.current) return;
    told.current = words;
    onSearch(words);
  };

  // Another search that nobody typed here: going back, a button that clears all.
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  // Without a list of what it depends on: `onSearch` keeps what else was chosen meanwhile.
  useEffect(() => {
    const timer = setTimeout(() => search(text), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  });

  return (
    <AriaSearchField
      className="field search"
      value={text}
      onChange={setText}
      onSubmit={search}
      onClear={() => search('')}
    >
      <Label className="field-label">{label}</Label>
      <div className="field-box">
        <Search className="search-icon" size={18} aria-hidden />
        <Input className="field-input" placeholder={placeholder} maxLength={LONGEST} />
        <Button look="quiet" icon={<X aria-hidden />} />
      </div>
    </AriaSearchField>
  );
}
