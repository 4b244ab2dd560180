const SECRET_PARAMETER = /token|ticket|key|secret|passw|code|signature|credential|auth/i;

/** A request's URL fit for the log: values of query parameters that may be secrets are left out. */
export function safeUrl(url: string): string {
  const start = url.indexOf('?');
  if (start === -1) return url;
  const query = url
    .slice(start + 1)
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] ?? '';
      return isSecret(name) ? `${name}=[redacted]` : pair;
    });
  return `${url.slice(0, start)}?${query.join('&')}`;
}

function isSecret(name: string): boolean {
  try {
    return SECRET_PARAMETER.test(decodeURIComponent(name));
  } catch {
    // A name that cannot be decoded cannot be judged.
    return true;
  }
}
