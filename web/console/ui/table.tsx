import './table.css';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components/Button';

export type Direction = 'ascending' | 'descending';

/** A column whose header sorts the rows. */
export interface SortableColumn {
  readonly name: string;
  /** Undefined while another column sorts the rows. */
  readonly direction: Direction | undefined;
  readonly onSort: () => void;
}

interface Props {
  /** The name of the table for screen readers. */
  readonly label: string;
  /** The names of the columns. `{ hidden }` names a column for screen readers only, such as one of buttons. */
  readonly columns: readonly (string | { readonly hidden: string } | SortableColumn)[];
  readonly children: ReactNode;
}

/**
 * A table of rows ({@link Row}). On a phone each row becomes a block of names and values, so that nothing scrolls
 * sideways. It stays a table for screen readers.
 */
export function Table({ label, columns, children }: Props) {
  return (
    <table className="table" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) =>
            typeof column === 'string' ? (
              <th key={column} scope="col" role="columnheader">
                {column}
              </th>
            ) : 'hidden' in column ? (
              <th key={column.hidden} scope="col" role="columnheader">
                <span className="hidden">{column.hidden}</span>
              </th>
            ) : (
              <SortHead key={column.name} column={column} />
            ),
          )}
        </tr>
      </thead>
      <tbody role="rowgroup">{children}</tbody>
    </table>
  );
}

const ARROWS = { ascending: ArrowUp, descending: ArrowDown, none: ChevronsUpDown };

function SortHead({ column: { name, direction, onSort } }: { readonly column: SortableColumn }) {
  const sorted = direction ?? 'none';
  const Arrow = ARROWS[sorted];
  return (
    <th scope="col" role="columnheader" aria-sort={sorted}>
      <Button className="sort" onPress={onSort}>
        {name}
        <Arrow size={14} aria-hidden />
      </Button>
    </th>
  );
}

/** A row with a cell for each column. The names are shown when the row is a block. */
export function Row({ cells }: { readonly cells: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <tr role="row">
      {cells.map(([name, value]) => (
        <td key={name} role="cell" data-name={name}>
          {value}
        </td>
      ))}
    </tr>
  );
}
