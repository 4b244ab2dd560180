import type { Random } from '../../faults/random.js';
import type { Schema } from '../openapi/served-document.js';
import { KEYS, nastyString, nastyValue, oneOf } from './nasty-values.js';
import type { Place, Sampler } from './sample.js';

/** Changes a body at one place, in a way that has to do with what the place is for. @returns what was done */
export function mutate(
  random: Random,
  sampler: Sampler,
  schema: Schema,
  body: Record<string, unknown>,
): string {
  const places = sampler.places(schema, body);
  if (places.length === 0 || random.chance(0.12)) return addField(random, body, places);
  const place = oneOf(random, places);
  const value = random.chance(0.5) ? typedValue(random, place) : nastyValue(random);
  const { holder, key } = place;
  if (random.chance(0.1)) {
    Reflect.deleteProperty(holder, key);
    return `without ${key}`;
  }
  set(holder, key, value);
  return `${key} = ${String(JSON.stringify(value)).slice(0, 80)}`;
}

function addField(random: Random, body: Record<string, unknown>, places: readonly Place[]): string {
  const holder = random.chance(0.5) || places.length === 0 ? body : oneOf(random, places).holder;
  const key = oneOf(random, KEYS);
  set(holder, key, random.chance(0.5) ? { admin: true } : nastyValue(random));
  return `with ${key.slice(0, 20)}`;
}

/** Also `__proto__`, as a member like any other. */
function set(holder: object, key: string, value: unknown): void {
  // The one member of a list that JSON cannot give it.
  if (Array.isArray(holder) && key === 'length') return;
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** What is just wrong, or just right, by the schema. */
function typedValue(random: Random, { holder, key, schema }: Place): unknown {
  const { minimum, maximum, minLength, maxLength } = schema;
  const choices: unknown[] = [null, [holder[key]], { value: holder[key] }, holder[key], nastyString(random)];
  if (minimum !== undefined) choices.push(minimum - 1, minimum, String(minimum));
  if (maximum !== undefined) choices.push(maximum, maximum + 1, maximum + 0.5);
  if (minLength !== undefined) choices.push('x'.repeat(Math.max(0, minLength - 1)), ' '.repeat(minLength));
  if (maxLength !== undefined)
    choices.push('x'.repeat(maxLength), 'x'.repeat(maxLength + 1), '🧑'.repeat(maxLength));
  if (Array.isArray(schema.enum)) {
    const first = String(schema.enum[0]);
    choices.push(first.toUpperCase(), `${first} `, first.slice(0, -1), schema.enum);
  }
  if (schema.type === 'boolean') choices.push('true', 'false', 0, 1, 'yes');
  if (schema.type === 'integer' || schema.type === 'number') choices.push(1.5, -1, '1', 2 ** 53, true);
  if (schema.type === 'array')
    choices.push(
      Array.from({ length: 300 }, () => nastyValue(random)),
      'x',
      [[]],
    );
  if (schema.type === 'object') choices.push([], 'x', nastyValue(random));
  return oneOf(random, choices);
}
