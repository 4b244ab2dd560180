import { useSyncExternalStore } from 'react';

const KEY = 'tollgate.theme';
const CHANGED = 'tollgate:theme';
const dark = matchMedia('(prefers-color-scheme: dark)');

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function readTheme(): Theme {
  const { theme } = document.documentElement.dataset;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(CHANGED, listener);
  dark.addEventListener('change', listener);
  return () => {
    window.removeEventListener(CHANGED, listener);
    dark.removeEventListener('change', listener);
  };
}

/** The system's theme until somebody chooses. */
export function useTheme(): { readonly theme: Theme; readonly isDark: boolean } {
  const theme = useSyncExternalStore(subscribe, readTheme);
  const isSystemDark = useSyncExternalStore(subscribe, () => dark.matches);
  return { theme, isDark: theme === 'system' ? isSystemDark : theme === 'dark' };
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // A closed storage: the choice lasts as long as the page.
  }
  window.dispatchEvent(new Event(CHANGED));
}
