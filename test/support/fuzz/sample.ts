import type { Random } from '../../faults/random.js';
import type { OpenApi, Schema } from '../openapi/served-document.js';
import { oneOf } from './nasty-values.js';

type Bounded = Schema & {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
};

/** A place in a value, and what stands in the document of it. */
export interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
  readonly schema: Bounded;
  readonly required: boolean;
}

/** Values as the schemas of a document want them. */
export class Sampler {
  constructor(private readonly document: OpenApi) {}

  /** The schema itself, without references and the wrappers that only carry descriptions. */
  resolve(schema: Schema): Bounded {
    if (schema.$ref !== undefined) {
      const found = this.document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
      if (found === undefined) throw new Error(`${schema.$ref} is not in the document`);
      return this.resolve(found);
    }
    const [only] = schema.allOf ?? [];
    return only === undefined ? schema : { ...schema, ...this.resolve(only) };
  }

  /** @param share how often a member that is not required is there */
  sample(random: Random, given: Schema, share: number): unknown {
    const schema = this.resolve(given);
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) return this.sample(random, oneOf(random, choices), share);
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum)) return oneOf<unknown>(random, schema.enum);
    if (schema.example !== undefined && random.chance(0.7)) return structuredClone(schema.example);
    const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
    switch (type) {
      case 'object':
        return this.members(random, schema, share);
      case 'array':
        return Array.from({ length: random.below(3) }, () =>
          this.sample(random, schema.items ?? {}, share / 2),
        );
      case 'integer':
      case 'number':
        return schema.minimum ?? 1;
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      default:
        return 'x'.repeat(Math.max(schema.minLength ?? 1, 1));
    }
  }

  /** Every place of a value that its schema describes, outermost first. */
  places(given: Schema, value: unknown): Place[] {
    const schema = this.resolve(given);
    const within = [schema, ...(schema.oneOf ?? schema.anyOf ?? []).map((one) => this.resolve(one))];
    if (Array.isArray(value)) {
      const items = within.find((one) => one.items !== undefined)?.items ?? {};
      const holder = value as unknown as Record<string, unknown>;
      return value.flatMap((item: unknown, index) => [
        { holder, key: String(index), schema: this.resolve(items), required: false },
        ...this.places(items, item),
      ]);
    }
    if (typeof value !== 'object' || value === null) return [];
    const holder = value as Record<string, unknown>;
    const described = within.find((one) => one.properties !== undefined);
    return Object.keys(holder).flatMap((key) => {
      const member = described?.properties?.[key] ?? {};
      const required = described?.required?.includes(key) ?? false;
      return [{ holder, key, schema: this.resolve(member), required }, ...this.places(member, holder[key])];
    });
  }

  private members(random: Random, schema: Bounded, share: number): Record<string, unknown> {
    const required = new Set(schema.required);
    const chosen = Object.entries(schema.properties ?? {}).filter(
      ([name]) => required.has(name) || random.chance(share),
    );
    return Object.fromEntries(chosen.map(([name, member]) => [name, this.sample(random, member, share / 2)]));
  }
}
