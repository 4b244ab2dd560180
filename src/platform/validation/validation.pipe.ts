import { Injectable, ValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import type { ValidationPipeOptions } from '@nestjs/common';
import { errors } from '../errors/errors.js';
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
 * Checks every body, query and parameter object against its DTO class: strict, unless the class is marked `@Tolerant()`.
 * @throws AppError `validation_failed` with the path and message of each wrong field, never its value
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  private readonly strict = new ValidationPipe({ ...OPTIONS, forbidNonWhitelisted: true });
  private readonly tolerant = new ValidationPipe({ ...OPTIONS, forbidNonWhitelisted: false });

  transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const pipe = isTolerant(metadata.metatype) ? this.tolerant : this.strict;
    return pipe.transform(value, metadata) as Promise<unknown>;
  }
}
