const TOLERANT = Symbol('tollgate:tolerant');

/**
 * Marks a DTO of a foreign dialect: fields that it does not name are dropped instead of refused, because its clients send more than
 * we read.
 */
export function Tolerant(): ClassDecorator {
  return (target) => {
    Reflect.defineMetadata(TOLERANT, true, target);
  };
}

export function isTolerant(metatype: unknown): boolean {
  return typeof metatype === 'function' && Reflect.getMetadata(TOLERANT, metatype) === true;
}
