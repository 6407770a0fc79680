import './shell.css';
import { ArrowUpRight } from 'lucide-react';
import { useId } from 'react';
import { NavLink } from 'react-router';
import type { NavigationItem } from '../ui/navigation_item.ts';
import { NAVIGATION, type NavigationGroup } from './navigation.ts';

interface Props {
  readonly isAdmin: boolean;
  /** Called when a page is chosen, to close the drawer. */
  readonly onChoose?: () => void;
}

/** The links to the console's pages, by group. */
export function SideNavigation({ isAdmin, onChoose }: Props) {
  const groups = NAVIGATION.filter(({ items, isForAdmins }) => items.length > 0 && (isAdmin || !isForAdmins));
  return (
    <nav className="navigation" aria-label="Pages">
      {groups.map((group) => (
        <Group key={group.title} group={group} onChoose={onChoose} />
      ))}
    </nav>
  );
}

function Group({ group, onChoose }: { readonly group: NavigationGroup; readonly onChoose: (() => void) | undefined }) {
  const id = useId();
  return (
    <div>
      <h2 id={id}>{group.title}</h2>
      <ul aria-labelledby={id}>
        {group.items.map((item) => (
          <li key={item.to}>
            <Item item={item} onChoose={onChoose} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Item({ item, onChoose }: { readonly item: NavigationItem; readonly onChoose: (() => void) | undefined }) {
  const { to, name, icon: Icon, isOutside } = item;
  if (isOutside) {
    return (
      <a href={to}>
        <Icon size={18} aria-hidden />
        {name}
        <ArrowUpRight className="outside" size={14} aria-hidden />
      </a>
    );
  }
  return (
    // `/account` must not be active on `/account/sessions`.
    <NavLink to={to} end={to.split('/').length <= 2} onClick={onChoose}>
      <Icon size={18} aria-hidden />
      {name}
    </NavLink>
  );
}
