const SECRET_PARAMETER = /token|ticket|key|secret|passw|code|signature|credential|auth/i;

/** What somebody looks for, whom, and how files are called: words and people, which the log must not remember when they are gone. */
const PERSONAL_PARAMETERS = ['q', 'email', 'name'];

/** A request's URL fit for the log: values of query parameters that may be secrets, or tell of people, are left out. */
export function safeUrl(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return url;
  const query = url
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      return isWithheld(name) ? `${name}=[redacted]` : pair;
    });
  return `${url.slice(0, start)}?${query.join('&')}`;
}

function isWithheld(encoded: string): boolean {
  try {
    const name = decodeURIComponent(encoded);
    return SECRET_PARAMETER.test(name) || PERSONAL_PARAMETERS.includes(name.toLowerCase());
  } catch {
    // A name that cannot be decoded cannot be judged.
    return true;
  }
}
