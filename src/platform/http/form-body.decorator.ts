import { SetMetadata } from '@nestjs/common';

export const TAKES_FORM = Symbol('takes a form');

/** A route whose `@Body()` comes as `application/x-www-form-urlencoded`: an object of texts, with a list for a name that comes more than once. */
export const FormBody = () => SetMetadata(TAKES_FORM, true);
