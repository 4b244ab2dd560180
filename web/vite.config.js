import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

/** Every browser that the page is for reads woff2: the older formats would triple what lies beside the page. */
const onlyWoff2 = {
  name: 'only-woff2',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('katex') || !id.endsWith('.css')) return undefined;
    return {
      code: code.replace(/,url\([^)]+\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, ''),
      map: null,
    };
  },
};

export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  // The page may be served under any prefix: nothing in it says where it stands.
  base: './',
  plugins: [onlyWoff2],
  // The client as it stands here, not as it was last built.
  resolve: {
    conditions: ['tollgate-source', ...defaultClientConditions],
    alias: {
      // Its variant for browsers has the browser parse the styles of formulas, which the page's policy complains of.
      'hast-util-from-html-isomorphic': fileURLToPath(
        new URL('lib/index.js', import.meta.resolve('hast-util-from-html-isomorphic')),
      ),
    },
  },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    // A data: URL would need a weaker Content-Security-Policy for some kinds of assets.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The page's budget counts what the first screen needs; what comes lazily may be bigger than vite likes.
    chunkSizeWarningLimit: 900,
  },
  server: {
    // `npm start` beside it answers everything that is not the page.
    proxy: Object.fromEntries(
      [
        '/auth',
        '/predict',
        '/turns',
        '/sessions',
        '/search',
        '/attachments',
        '/accounting',
        '/chatflows',
        '/web-config.json',
      ].map((path) => [path, 'http://127.0.0.1:3000']),
    ),
  },
});
