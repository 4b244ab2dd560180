import { listenAddress, origins, pathPrefix, wholeNumber } from '../schema/kinds.js';
import { concern, setting, type ConfigOf } from '../schema/setting.js';

export const HTTP = concern({
  title: 'HTTP',
  settings: {
    port: setting('PORT', wholeNumber({ max: 65_535 }), {
      default: 3000,
      about: 'TCP port; 0 takes a free one.',
    }),
    host: setting('HOST', listenAddress(), {
      default: '127.0.0.1',
      about: 'Address to listen on; 0.0.0.0 for every interface (as in a container).',
    }),
    /** Without a trailing slash; empty: the root. */
    basePath: setting('BASE_PATH', pathPrefix(), {
      default: '',
      about:
        'The path below which clients find it behind a proxy, e.g. /tollgate. The proxy may cut it off or not (docs/operating/proxies.md).',
    }),
    /**
     * While developing, pages come from whatever port their own server has taken. No cookie is ever sent along, so that no page gets what it has
     * no token for.
     */
    corsOrigins: setting('CORS_ORIGINS', origins(), {
      default: ['*'],
      production: [],
      shown: '',
      about:
        'Origins of web pages that may call from a browser. Unset: none in production, any while developing. In production not *.',
    }),
    /** How many proxies in front may be believed about the client's address. */
    trustProxyHops: setting('TRUST_PROXY_HOPS', wholeNumber({ max: 16 }), {
      default: 0,
      about: "Number of proxies in front that may be believed about the client's address (X-Forwarded-For).",
    }),
  },
  compose: (values, { production, fail }) => {
    if (production && values.corsOrigins.includes('*'))
      fail('CORS_ORIGINS', 'must name the origins in production, * is for developing');
    return values;
  },
});

export type HttpConfig = ConfigOf<typeof HTTP>;
