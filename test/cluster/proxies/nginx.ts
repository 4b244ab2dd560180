import { join } from 'node:path';
import { startProxy } from './proxy-process.js';
import {
  readExample,
  replaceParts,
  withInstances,
  type PathBelow,
  type ProxyOptions,
  type ProxyProgram,
} from './proxy-program.js';

const MAX_CONNECTIONS = 4096;

/** Debian's `nginx`. */
export const nginx: ProxyProgram = {
  command: 'nginx',
  hasIdleBound: true,
  seesClientsGo: true,
  start: async (instances, { below, idleSeconds = 60 }: ProxyOptions = {}) => {
    const example = withInstances(await readExample('nginx.conf'), instances);
    return startProxy((port, folder) => ({
      command: 'nginx',
      arguments: ['-p', folder, '-c', 'nginx.conf', '-e', 'logs/error.log'],
      files: {
        'logs/.keep': '',
        'nginx.conf': mainConfig(folder),
        'tollgate.conf': belowPath(
          replaceParts(example, [
            ['listen 80;', `listen 127.0.0.1:${port};`],
            ['proxy_read_timeout 60s', `proxy_read_timeout ${idleSeconds}s`],
          ]),
          below,
        ),
      },
    }));
  },
};

/** As docs/operating/proxies.md says it. */
function belowPath(site: string, below: PathBelow | undefined): string {
  if (below === undefined) return site;
  return replaceParts(site, [
    ['location / {', `location ${below.path}/ {`],
    ['proxy_pass http://tollgate;', `proxy_pass http://tollgate${below.isCutOff ? '/' : ''};`],
  ]);
}

function mainConfig(folder: string): string {
  const spool = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${join(folder, name)};`)
    .join('\n');
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid nginx.pid;
error_log logs/error.log warn;
events { worker_connections ${MAX_CONNECTIONS}; }
http {
  access_log off;
${spool}
  include tollgate.conf;
}
`;
}
