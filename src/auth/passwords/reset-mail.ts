import type { Mail } from '../../mail/mailer.port.js';

/** Those of the page. */
const LANGUAGES = ['en', 'de', 'ko'] as const;
export type MailLanguage = (typeof LANGUAGES)[number];

/** Of a header; a longer one asks for languages that nobody speaks. */
const MAX_HEADER_CHARACTERS = 500;

interface Texts {
  readonly subject: string;
  readonly text: (link: string) => string;
}

const TEXTS: Readonly<Record<MailLanguage, Texts>> = {
  en: {
    subject: 'Set a new password',
    text: (link) =>
      `Somebody, hopefully you, asked to set a new password for your account.\n\n${link}\n\nThe link is good once, for 24 hours. If it was not you, do nothing: your password stays as it is.\n`,
  },
  de: {
    subject: 'Neues Passwort setzen',
    text: (link) =>
      `Jemand, hoffentlich Sie selbst, möchte für Ihr Konto ein neues Passwort setzen.\n\n${link}\n\nDer Link gilt einmal, 24 Stunden lang. Wenn Sie das nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.\n`,
  },
  ko: {
    subject: '새 비밀번호 설정',
    text: (link) =>
      `계정의 새 비밀번호를 설정해 달라는 요청이 있었습니다.\n\n${link}\n\n링크는 24시간 동안 한 번만 사용할 수 있습니다. 요청하지 않으셨다면 아무것도 하지 않으셔도 됩니다. 비밀번호는 그대로 유지됩니다.\n`,
  },
};

/** The mail that brings a link, in the language of whoever asked. */
export function resetMail(to: string, link: string, language: MailLanguage): Mail {
  const { subject, text } = TEXTS[language];
  return { to, subject, text: text(link) };
}

/** The first language of an `Accept-Language` that mails are written in, in its own order; else English. */
export function mailLanguage(header: string | undefined): MailLanguage {
  const wanted = (header ?? '').slice(0, MAX_HEADER_CHARACTERS).toLowerCase().split(',');
  const tags = wanted.map((part) => part.trim().split(/[-;]/)[0]);
  return (
    LANGUAGES.find((one) => one === tags.find((tag) => LANGUAGES.some((known) => known === tag))) ?? 'en'
  );
}
