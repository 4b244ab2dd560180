import { registerDecorator, type ValidationArguments } from 'class-validator';

interface Modes {
  readonly words?: unknown;
  readonly characters?: unknown;
  readonly adaptive?: unknown;
}

/** Property decorator of `words`: a number of words, unless pieces are made in another way; there is exactly one. */
export function IsChunkWords(max: number): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isChunkWords',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (words: unknown, { object }: ValidationArguments) => {
          const others = otherModes(object);
          if (words === undefined || words === null) return others === 1;
          return others === 0 && Number.isInteger(words) && Number(words) >= 1 && Number(words) <= max;
        },
        defaultMessage: () =>
          `must be a whole number from 1 to ${max}, or left out for either characters or adaptive`,
      },
    });
}

function otherModes({ characters, adaptive }: Modes): number {
  return Number(characters !== undefined && characters !== null) + Number(adaptive === true);
}
