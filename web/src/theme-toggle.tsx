import { useState, type ReactNode } from 'react';
import { Icon } from './icons.js';

const KEY = 'tollgate.theme';

function isDarkNow(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
}

/** The system's theme until somebody chooses. */
export function ThemeToggle(): ReactNode {
  const [isDark, setDark] = useState(isDarkNow);
  return (
    <button
      className="button icon-only"
      type="button"
      aria-label={isDark ? 'Use the light theme' : 'Use the dark theme'}
      onClick={() => {
        const theme = isDark ? 'light' : 'dark';
        document.documentElement.dataset.theme = theme;
        localStorage.setItem(KEY, theme);
        setDark(!isDark);
      }}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
    </button>
  );
}
