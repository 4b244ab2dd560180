import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ValidationPipeOptions } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { errors } from '../errors/errors.js';
import { isNullText, withoutNulls } from './absent.js';
import { toFieldErrors } from './field-errors.js';
import { isTolerant } from './tolerant.js';

const OPTIONS: ValidationPipeOptions = {
  transform: true,
  // "12" stays a string and "false" never becomes true: a DTO that wants a number from a query says so with @Type.
  transformOptions: { enableImplicitConversion: false },
  whitelist: true,
  forbidUnknownValues: true,
  validationError: { target: false, value: false },
  exceptionFactory: (tree) => errors.validation(toFieldErrors(tree)),
};

/**
 * Checks every body, query and parameter object against its DTO class: strict, unless the class is marked `@Tolerant()`. What it lets through has
 * no `null` in its own fields.
 * @throws AppError `validation_failed` with the path and message of each wrong field, never its value
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  private readonly strict = new ValidationPipe({ ...OPTIONS, forbidNonWhitelisted: true });
  private readonly tolerant = new ValidationPipe({ ...OPTIONS, forbidNonWhitelisted: false });

  async transform(given: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const value = metadata.type === 'query' ? withoutNullTexts(given, metadata.metatype) : given;
    const pipe = isTolerant(metadata.metatype) ? this.tolerant : this.strict;
    const checked: unknown = await pipe.transform(value, metadata);
    if (metadata.type === 'body') withoutNulls(checked);
    return checked;
  }
}

/** Only what the DTO knows: an unknown parameter is refused whatever its value. */
function withoutNullTexts(query: unknown, metatype: ArgumentMetadata['metatype']): unknown {
  if (typeof query !== 'object' || query === null) return isNullText(query) ? undefined : query;
  const known = fieldsOf(metatype);
  return Object.fromEntries(
    Object.entries(query).filter(([name, value]) => !known.has(name) || !isNullText(value)),
  );
}

function fieldsOf(metatype: ArgumentMetadata['metatype']): ReadonlySet<string> {
  if (metatype === undefined) return new Set();
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  return new Set(rules.map(({ propertyName }) => propertyName));
}
