const MAX_CHARACTERS = 2000;

/** Names under which secrets stand, as in `password=…`, `"api_key": "…"` or `AccountKey=…`. */
const SECRET_NAMES =
  '(?:[\\w-]{0,32}(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?(?:key|signature)|private[_-]?key|credential)|pwd|pass|sig)';

/** What gives a secret away, and what is left of it. Each reads every character a bounded number of times. */
const RULES: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, '***'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 ***'],
  // Connection strings of databases, queues and proxies, not of the web alone.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#"']*@/gi, '$1***@'],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s?#"']*)[?#][^\s"']*/gi, '$1'],
  [
    new RegExp(`\\b(${SECRET_NAMES}\\\\?["']?\\s*[:=]\\s*)(?:\\\\?"[^"]*"?|'[^']*'?|[^\\s,;&"'}\\]]+)`, 'gi'),
    '$1***',
  ],
  [/\b(sk|pk|rk|key|token)[-_][\w*-]{6,}/gi, '$1-***'],
  // AWS, Google (key, OAuth), GitHub, GitLab, Slack, Hugging Face, Groq, xAI, JWTs.
  [
    /\b(AKIA|ASIA|AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hf_|gsk_|xai-)[\w./+=-]{8,}/g,
    '$1***',
  ],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, '***'],
];

/**
 * An upstream's own words, for the log: shortened, without what looks like a key, a password, or a URL's query and user. It errs towards hiding: the log
 * is for people who look for a failure, not for a secret.
 */
export function redact(text: string): string {
  // A secret that the end cuts in two is still one: the rules see what they can of it before it is cut.
  let words = text.slice(0, 2 * MAX_CHARACTERS);
  for (const [pattern, replacement] of RULES) words = words.replace(pattern, replacement);
  return words.slice(0, MAX_CHARACTERS);
}
