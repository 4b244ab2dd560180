import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson } from './json/json-object.js';

/** From the product's package.json, which stands beside what is run from the sources and what is built alike. */
export const PRODUCT_VERSION = readVersion();

function readVersion(): string {
  const parsed = parseJson(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  return isObject(parsed) && typeof parsed.version === 'string' ? parsed.version : 'unknown';
}
