import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Media } from './served-document.js';

const DOCUMENT = 'document';

/** Holds values against the schemas of an OpenAPI document. */
export class DocumentValidator {
  // Formats are hints here, and `discriminator` and `example` are OpenAPI's own.
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  private readonly known = new Map<string, ValidateFunction>();

  constructor(document: object) {
    this.ajv.addSchema(document, DOCUMENT);
  }

  /** @returns what is wrong with the value, in words; empty when nothing is */
  complaints(schema: Media['schema'], value: unknown): string[] {
    if (schema === undefined) return ['There is no schema.'];
    const key = JSON.stringify(schema);
    let validate = this.known.get(key);
    if (validate === undefined) {
      validate = this.ajv.compile(JSON.parse(key.replaceAll('"#/', `"${DOCUMENT}#/`)));
      this.known.set(key, validate);
    }
    if (validate(value)) return [];
    const told = validate.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`) ?? [];
    return [...told.slice(0, 5), JSON.stringify(value).slice(0, 500)];
  }
}
