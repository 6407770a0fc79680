export type Theme = 'system' | 'light' | 'dark';

const KEY = 'gatehouse:theme';

/** What the person chose on this device; `system` where nothing, or where the browser's settings forbid storage. */
export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system';
  }
}

/** Keeps the choice on this device. */
export function keepTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Then it lasts as long as the page.
  }
}

/** Gives the page its colours: `tokens.css` does the rest. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
