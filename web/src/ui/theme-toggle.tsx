import type { ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from './icons.js';
import { chooseTheme, useTheme } from './theme.js';

/** From light to dark and back. */
export function ThemeToggle(): ReactNode {
  const { isDark } = useTheme();
  const { useDark, useLight } = useTexts();
  return (
    <button
      className="button icon-only"
      type="button"
      aria-label={isDark ? useLight : useDark}
      onClick={() => {
        chooseTheme(isDark ? 'light' : 'dark');
      }}
    >
      <Icon name={isDark ? 'sun' : 'moon'} />
    </button>
  );
}
