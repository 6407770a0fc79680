import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';
import { applyTheme, keepTheme, readTheme, type Theme } from './theme.ts';

const THEMES = {
  system: { name: 'device setting', icon: Monitor, next: 'light' },
  light: { name: 'light', icon: Sun, next: 'dark' },
  dark: { name: 'dark', icon: Moon, next: 'system' },
} as const satisfies Record<Theme, unknown>;

/** Switches to the next theme at each press, and stores it. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme);
  const { name, icon: Icon, next } = THEMES[theme];
  const change = () => {
    applyTheme(next);
    keepTheme(next);
    setTheme(next);
  };
  return (
    <Button
      look="quiet"
      aria-label={`Theme: ${name}. Change to ${THEMES[next].name}`}
      icon={<Icon aria-hidden />}
      onPress={change}
    />
  );
}
