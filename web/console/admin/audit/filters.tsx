import './audit.css';
import { type FormEvent, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { type EventFilter, EVERYTHING, toInstant, toLocal, type Wanted } from './event_filter.ts';
import { AUDIT_TYPES, isAuditType, nameOfType } from './event_types.ts';

const ANY = 'any';
const TYPES = [{ id: ANY, name: 'Anything' }, ...AUDIT_TYPES.map((id) => ({ id, name: nameOfType(id), about: id }))];

interface Props {
  readonly filter: EventFilter;
  readonly onApply: (wanted: Wanted) => void;
}

/** Which events are listed, once it is applied: each of them may be a search through years. */
export function Filters({ filter, onApply }: Props) {
  const [shown, setShown] = useState(filter);
  const [wanted, setWanted] = useState<Wanted>(filter);
  // The back button, or a link: the fields say what is listed.
  if (shown !== filter) {
    setShown(filter);
    setWanted(filter);
  }
  const change = (part: Partial<Wanted>) => setWanted({ ...wanted, ...part });
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const { type, user, address, from, to } = wanted;
    onApply({ type, user: user.trim(), address: address.trim(), from, to });
  };
  return (
    <form className="audit-filters" role="search" aria-label="Events" onSubmit={apply}>
      <Select
        label="What happened"
        options={TYPES}
        value={wanted.type ?? ANY}
        onChange={(id) => change({ type: isAuditType(id) ? id : undefined })}
      />
      <TextField
        label="User"
        value={wanted.user}
        onChange={(user) => change({ user })}
        autoComplete="off"
        maxLength={254}
        isVerbatim
      />
      <TextField
        label="Address"
        value={wanted.address}
        onChange={(address) => change({ address })}
        autoComplete="off"
        maxLength={254}
        isVerbatim
      />
      <When label="From" at={wanted.from} onChange={(from) => change({ from })} />
      <When label="Before" at={wanted.to} onChange={(to) => change({ to })} />
      <div className="row">
        <Button type="submit">Apply</Button>
        <Button look="quiet" onPress={() => onApply(EVERYTHING)}>
          Clear
        </Button>
      </div>
    </form>
  );
}

interface WhenProps {
  readonly label: string;
  readonly at: string | undefined;
  readonly onChange: (at: string | undefined) => void;
}

function When({ label, at, onChange }: WhenProps) {
  return (
    <TextField
      label={label}
      type="datetime-local"
      value={toLocal(at)}
      onChange={(text) => onChange(toInstant(text))}
      autoComplete="off"
    />
  );
}
