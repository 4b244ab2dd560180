import { useSyncExternalStore } from 'react';
import { en, type Texts } from './en.js';

/** The languages under their own names. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', ko: '한국어' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'tollgate.language';
/** English is in the page; any other language is fetched by whoever reads it. */
const LOADERS: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: () => Promise.resolve(en),
  de: () => import('./de.js').then(({ de }) => de),
  ko: () => import('./ko.js').then(({ ko }) => ko),
};

let current: { readonly language: Language; readonly texts: Texts } = { language: 'en', texts: en };
const listeners = new Set<() => void>();

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** What the page says, in the language of whoever reads it. */
export function useTexts(): Texts {
  return useSyncExternalStore(subscribe, () => current.texts);
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribe, () => current.language);
}

/** The chosen language, else the first of the browser's that the page has. */
export function preferredLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // A closed storage: the browser's languages decide.
  }
  const wanted = [chosen ?? '', ...navigator.languages].map((tag) => tag.split('-')[0] ?? '');
  return wanted.find(isLanguage) ?? 'en';
}

/** Stays with the language there is when the other cannot be fetched. Never rejects. */
export async function showLanguage(language: Language): Promise<void> {
  try {
    current = { language, texts: await LOADERS[language]() };
  } catch {
    return;
  }
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

/** Like `showLanguage`, for good. */
export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A closed storage: the choice lasts as long as the page.
  }
  await showLanguage(language);
}

function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(LANGUAGES, tag);
}
