import { registerDecorator } from 'class-validator';

const MAX_URL_CHARACTERS = 2048;

/** An absolute http(s) URL that a path can be put behind: no user and password (they would end in logs), no query, no fragment. */
export function isUpstreamUrl(value: unknown): boolean {
  // The parser drops control characters and blanks instead of refusing them.
  if (typeof value !== 'string' || value.length > MAX_URL_CHARACTERS || /[\s\p{Cc}]/u.test(value))
    return false;
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username === '' && password === '' && search === '' && hash === '';
}

/** Property decorator: the value is the address of an upstream. */
export function IsUpstreamUrl(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isUpstreamUrl',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: isUpstreamUrl,
        defaultMessage: () => 'must be an http or https URL without credentials, query and fragment',
      },
    });
}
