import { isEmail, ValidateBy } from 'class-validator';

/** Half of a character (a lone surrogate): no UTF-8 can hold it, so that it would be stored and compared as another one. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** A text that is one in every encoding; for names that are stored and looked up. */
export function IsWellFormed(): PropertyDecorator {
  return ValidateBy({
    name: 'isWellFormed',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || isWellFormed(value),
      defaultMessage: () => 'must not contain half of a character',
    },
  });
}

/** A quoted name before the `@` may have anything in it, line breaks as well: nobody's has, and what is made of an address need not bear them. */
const CONTROL = /\p{Cc}/u;

/** `@IsEmail()`, which throws at half of a character instead of refusing it, and takes control characters. */
export function IsEmailAddress(): PropertyDecorator {
  return ValidateBy({
    name: 'isEmail',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && isWellFormed(value) && !CONTROL.test(value) && isEmail(value),
      defaultMessage: () => 'must be an email',
    },
  });
}
