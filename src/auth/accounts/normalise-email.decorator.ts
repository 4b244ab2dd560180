import { Transform } from 'class-transformer';
import { normaliseEmail } from './email.js';

/** An e-mail of a request, as it is stored and looked up. */
export const NormaliseEmail = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value));
