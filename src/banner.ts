/** What a person needs to know right after the start. */
export interface BannerFacts {
  readonly url: string;
  readonly database: string;
  readonly demo?: DemoAccess;
}

/** How to try it out. Never in production. */
export interface DemoAccess {
  readonly email: string;
  /** Only when this start generated it: it is shown this once. */
  readonly password?: string;
  /** A short-lived access token of the demo user. */
  readonly accessToken: string;
  readonly expiresInSeconds: number;
}

const QUESTION = '{"chatflow_id":"assistant","question":"Add a task to buy milk"}';

/** The text printed at start, plain and ready to be copied from. */
export function banner({ url, database, demo }: BannerFacts): string {
  const lines = [
    '',
    `Chat in your browser: ${url}/`,
    '',
    `Tollgate listens on ${url}`,
    `  API reference   ${url}/docs`,
    `  Database        ${database}`,
  ];
  if (demo !== undefined) lines.push(...demoLines(url, demo));
  return [...lines, '', ''].join('\n');
}

function demoLines(url: string, demo: DemoAccess): string[] {
  const password =
    demo.password === undefined ? '' : `   password: ${demo.password}   (shown only this once)`;
  const minutes = Math.max(1, Math.floor(demo.expiresInSeconds / 60));
  return [
    `  Demo user       ${demo.email}${password}`,
    '',
    `Stream an answer (the token in it is good for ${minutes} minutes):`,
    '',
    `curl -N ${url}/predict/stream/store -H 'Authorization: Bearer ${demo.accessToken}' -H 'Content-Type: application/json' -d '${QUESTION}'`,
  ];
}
