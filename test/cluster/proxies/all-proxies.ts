import { caddy } from './caddy.js';
import { envoy } from './envoy.js';
import { haproxy } from './haproxy.js';
import { nginx } from './nginx.js';
import { isInstalled } from './proxy-process.js';
import type { ProxyProgram } from './proxy-program.js';
import { traefik } from './traefik.js';

/** All whose examples the documentation has. */
const ALL_PROXIES: readonly ProxyProgram[] = [nginx, caddy, haproxy, traefik, envoy];

/** Describes something for each proxy; for one that is not installed a skipped test says so, and so does standard error. */
export function describeProxies(what: string, tests: (proxy: ProxyProgram) => void): void {
  for (const proxy of ALL_PROXIES) describeBehind(proxy, what, tests);
}

/** The same for one of them. */
export function describeBehind(
  proxy: ProxyProgram,
  what: string,
  tests: (proxy: ProxyProgram) => void,
): void {
  describe(`${what}, behind ${proxy.command}`, () => {
    if (isInstalled(proxy.command)) {
      tests(proxy);
      return;
    }
    process.stderr.write(`NOT RUN: ${what}, behind ${proxy.command}, which is not installed\n`);
    it.skip(`NOT RUN: ${proxy.command} is not installed`, () => undefined);
  });
}
