import { SetMetadata } from '@nestjs/common';

export const READS_BODY = Symbol('reads its body itself');

/** A route whose handler reads the request's body as it comes, whatever its type. Its sender is known by then. */
export const ReadsBody = () => SetMetadata(READS_BODY, true);
