const MAX_CHARACTERS = 2000;

/** An upstream's own words, for the log: shortened, without what looks like a key or a URL's query and password. */
export function redact(text: string): string {
  return text
    .slice(0, MAX_CHARACTERS)
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***')
    .replace(/\b(sk|pk|rk|key|token)[-_][\w*-]{6,}/gi, '$1-***')
    .replace(/(https?:\/\/)[^\s/@]+@/gi, '$1***@')
    .replace(/(https?:\/\/[^\s?#]*)[?#]\S*/gi, '$1');
}
