import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from './typescript-cache.mjs';

/** Imports name the compiled file; its source lies beside where that would be. */
export function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (source.href.endsWith('.ts') && existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  // The packages as they stand here, not as they were last built.
  return next(specifier, { ...context, conditions: [...context.conditions, 'tollgate-source'] });
}

export function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true };
}
