// `npm run start:dev`: compiles the server on every change, and starts it again on every result. The page is not rebuilt: `npx vite web` serves it
// with hot reload beside this.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const START = ['--watch', '--watch-preserve-output', '--enable-source-maps', 'dist/main.js'];
const COMPILE = [TSC, '--watch', '--preserveWatchOutput', '-p', 'tsconfig.build.json'];

const children = [COMPILE, START].map((args) => spawn(process.execPath, args, { stdio: 'inherit' }));

const stop = () => children.forEach((child) => child.kill('SIGTERM'));
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
// One without the other would look as if changes were taken over.
children.forEach((child) =>
  child.on('exit', (code) => {
    process.exitCode ??= code ?? 1;
    stop();
  }),
);
