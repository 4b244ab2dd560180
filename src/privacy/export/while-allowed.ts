import { errors } from '../../platform/errors/errors.js';

/** How long whoever reads somebody else's lines may go on behind the loss of what lets them. */
const ASKED_EVERY_MS = 1000;

/** The same lines for as long as that is allowed: a download may take an hour. @throws AppError `forbidden` */
export async function* whileAllowed<T>(
  lines: AsyncIterable<T>,
  isAllowed: () => Promise<boolean>,
  now = () => performance.now(),
): AsyncGenerator<T> {
  let askedAt = now();
  for await (const line of lines) {
    if (now() - askedAt >= ASKED_EVERY_MS) {
      if (!(await isAllowed())) throw errors.forbidden('You may not read this any more.');
      askedAt = now();
    }
    yield line;
  }
}
