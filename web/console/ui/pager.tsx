import './pager.css';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button } from './button.tsx';
import { Select } from './select.tsx';

interface Props {
  /** The label of the navigation. */
  readonly label: string;
  /** Such as `Page 2 of 5`. */
  readonly place: string;
  /** Undefined if there is no such page. */
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
  readonly size: number;
  readonly sizes: readonly number[];
  readonly onSize: (size: number) => void;
}

/** The navigation through the pages of a long list. */
export function Pager({ label, place, onPrevious, onNext, size, sizes, onSize }: Props) {
  return (
    <nav className="pager" aria-label={label}>
      <Select
        label="Rows"
        options={sizes.map((each) => ({ id: String(each), name: String(each) }))}
        value={String(size)}
        onChange={(id) => onSize(Number(id))}
      />
      <div className="row">
        <span className="muted small">{place}</span>
        <Button icon={<ChevronLeft aria-hidden />} isDisabled={!onPrevious} onPress={() => onPrevious?.()}>
          Previous
        </Button>
        <Button isDisabled={!onNext} onPress={() => onNext?.()}>
          Next
          <ChevronRight aria-hidden />
        </Button>
      </div>
    </nav>
  );
}
