import type { ReactNode } from 'react';
import { chooseLanguage, LANGUAGES, useLanguage, useTexts, type Language } from '../i18n/i18n.js';
import { Dialog } from '../ui/dialog.js';
import { chooseTheme, THEMES, useTheme, type Theme } from '../ui/theme.js';

/** Language and theme. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const texts = useTexts();
  const language = useLanguage();
  const { theme } = useTheme();
  return (
    <Dialog title={texts.settings} className="settings" onClose={onClose}>
      <label>
        {texts.language}
        <select
          value={language}
          onChange={({ target }) => {
            void chooseLanguage(target.value as Language);
          }}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {texts.theme}
        <select
          value={theme}
          onChange={({ target }) => {
            chooseTheme(target.value as Theme);
          }}
        >
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {texts.themes[name]}
            </option>
          ))}
        </select>
      </label>
    </Dialog>
  );
}
