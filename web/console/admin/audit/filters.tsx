import './audit.css';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { SearchField } from '../../ui/search_field.tsx';
import { Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useTyped } from '../../ui/use_typed.ts';
import type { PlaceInList } from '../use_place_in_list.ts';
import { type EventFilter, EVERYTHING, isAddress, toInstant, toLocal } from './event_filter.ts';
import { AUDIT_TYPES, isAuditType, nameOfType } from './event_types.ts';

const ANY = 'any';
const TYPES = [{ id: ANY, name: 'Any event' }, ...AUDIT_TYPES.map((id) => ({ id, name: nameOfType(id), about: id }))];

/** The filters of the events. They apply on each choice, and when the user stops typing. */
export function Filters({ listing, change }: Pick<PlaceInList<EventFilter>, 'listing' | 'change'>) {
  const { type, user, address, from, to } = listing;
  // Also clears a text that was never searched for because it is invalid.
  const [cleared, setCleared] = useState(0);
  const clear = () => {
    setCleared(cleared + 1);
    change(EVERYTHING);
  };
  return (
    <div className="audit-filters" role="search" aria-label="Events">
      <Select
        label="Event"
        options={TYPES}
        value={type ?? ANY}
        onChange={(id) => change({ type: isAuditType(id) ? id : undefined })}
      />
      <SearchField
        key={`user ${cleared}`}
        label="User"
        value={user}
        onSearch={(text) => change({ user: text }, true)}
      />
      <SearchField
        key={`address ${cleared}`}
        label="Address"
        value={address}
        onSearch={(text) => change({ address: text }, true)}
        faultOf={(text) => (isAddress(text) ? undefined : 'Not an IP address')}
      />
      <When label="From" at={from} onChange={(at) => change({ from: at }, true)} />
      <When label="Before" at={to} onChange={(at) => change({ to: at }, true)} />
      <div className="row">
        <Button look="quiet" onPress={clear}>
          Clear
        </Button>
      </div>
    </div>
  );
}

interface WhenProps {
  readonly label: string;
  readonly at: string | undefined;
  readonly onChange: (at: string | undefined) => void;
}

function When({ label, at, onChange }: WhenProps) {
  const { text, type } = useTyped(toLocal(at), (typed) => onChange(toInstant(typed)));
  return <TextField label={label} type="datetime-local" value={text} onChange={type} autoComplete="off" />;
}
