import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative to the page: it may stand below a path.
  base: './',
  logLevel: 'warn',
  // The client as it stands here, not as it was last built.
  resolve: { conditions: ['tollgate-source', ...defaultClientConditions] },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    // A data: URL would need a weaker Content-Security-Policy for some kinds of assets.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm start` beside it answers everything that is not the page.
    proxy: Object.fromEntries(
      ['/auth', '/predict', '/turns', '/sessions', '/accounting', '/chatflows', '/web-config.json'].map(
        (path) => [path, 'http://127.0.0.1:3000'],
      ),
    ),
  },
});
