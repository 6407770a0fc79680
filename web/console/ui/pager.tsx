import './pager.css';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { Button } from './button.tsx';
import { Select } from './select.tsx';

interface Props {
  /** What the pages are of. */
  readonly label: string;
  /** Such as `Page 2 of 5`. */
  readonly place: string;
  /** Undefined where there is none. */
  readonly onPrevious: (() => void) | undefined;
  readonly onNext: (() => void) | undefined;
  readonly size: number;
  readonly sizes: readonly number[];
  readonly onSize: (size: number) => void;
}

/** Through a long list page by page. */
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
