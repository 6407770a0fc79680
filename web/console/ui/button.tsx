import './button.css';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { Link, type LinkProps } from 'react-router';

export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger';

interface Look {
  /** `primary` is the main action, once a page. `danger` removes something. The default is `secondary`. */
  readonly look?: ButtonLook;
  readonly icon?: ReactNode;
}

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'>, Look {
  readonly children?: ReactNode;
}

/**
 * A button. `isPending` shows that the action is running, keeps the focus and ignores further presses.
 * With an `icon` and without children it needs an `aria-label`.
 */
export function Button({ look = 'secondary', icon, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={classOf(look, children)}>
      {icon}
      {children}
    </AriaButton>
  );
}

/** A link inside the console that looks like a button. */
export function ButtonLink({ look = 'secondary', icon, children, ...props }: Omit<LinkProps, 'className'> & Look) {
  return (
    <Link {...props} className={classOf(look, children)}>
      {icon}
      {children}
    </Link>
  );
}

const classOf = (look: ButtonLook, children: ReactNode) => `button ${look}${children == null ? ' icon-only' : ''}`;
