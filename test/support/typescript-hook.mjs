// `node --import ./test/support/typescript-hook.mjs some-script.ts`: runs TypeScript outside jest, compiled in memory.
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
