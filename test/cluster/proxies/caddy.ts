import { startProxy } from './proxy-process.js';
import { readExample, replaceParts, withPath, type ProxyProgram } from './proxy-program.js';

/** Neither an address to be managed at, nor certificates. */
const ALONE = '{\n\tadmin off\n\tauto_https off\n}\n';

/** Debian's `caddy`. */
export const caddy: ProxyProgram = {
  command: 'caddy',
  hasIdleBound: true,
  seesClientsGo: true,
  start: async (instances, { below, idleSeconds = 60 } = {}) => {
    const example = withPath(await readExample('Caddyfile'), below);
    return startProxy((port) => ({
      command: 'caddy',
      arguments: ['run', '--adapter', 'caddyfile', '--config', 'Caddyfile'],
      files: {
        Caddyfile:
          ALONE +
          replaceParts(example, [
            ['example.com {', `http://:${port} {\n\tbind 127.0.0.1`],
            ['10.0.0.11:3000 10.0.0.12:3000', instances.join(' ')],
            ['read_timeout 60s', `read_timeout ${idleSeconds}s`],
          ]),
      },
    }));
  },
};
