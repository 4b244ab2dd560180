import type { OpenAPIObject } from '@nestjs/swagger';

const SUFFIX = /Dto$/;
const PREFIX = '#/components/schemas/';

/** Names the schemas after what they are, and not after the kind of class that describes them here: generators make types of them. */
export function withoutSuffix(document: OpenAPIObject): OpenAPIObject {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const renamed = schemas.map(([name, schema]) => [name.replace(SUFFIX, ''), schema] as const);
  const taken = new Set<string>();
  for (const [name] of renamed) {
    if (taken.has(name)) throw new Error(`Two schemas of the document are called ${name}.`);
    taken.add(name);
  }
  const named = { ...document, components: { ...document.components, schemas: Object.fromEntries(renamed) } };
  return JSON.parse(JSON.stringify(named), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(PREFIX) ? value.replace(SUFFIX, '') : value,
  ) as OpenAPIObject;
}
