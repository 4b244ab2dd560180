import * as typescript from '../typescript-hooks.mjs';

const TESTS = new URL('../../', import.meta.url).href;
const CHEAP_ARGON2 = new URL('../auth/cheap-argon2.ts', import.meta.url).href;
const DATABASE_THREAD = new URL('../../../packages/embedded-mongo/src/database-thread.ts', import.meta.url)
  .href;
const KEPT_DATABASE_THREAD = new URL('../kept-database-thread/kept-database-thread.ts', import.meta.url).href;

/** A module of `test/` belongs to the run of a test file that asks for it; everything else is there once. */
export async function resolve(specifier, context, next) {
  if (specifier === '@node-rs/argon2') return { url: CHEAP_ARGON2, shortCircuit: true };
  const parent = context.parentURL && new URL(context.parentURL);
  const run = parent?.searchParams.get('run');
  if (parent !== undefined) parent.search = '';
  const found = await typescript.resolve(specifier, { ...context, parentURL: parent?.href }, next);
  if (found.url === DATABASE_THREAD) return { ...found, url: KEPT_DATABASE_THREAD };
  return run && found.url.startsWith(TESTS) ? { ...found, url: `${found.url}?run=${run}` } : found;
}

export function load(url, context, next) {
  return typescript.load(url.replace(/\?run=\d+$/, ''), context, next);
}
