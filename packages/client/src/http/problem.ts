import { knownCode, TollgateError } from '../errors.js';

const OWN_MEMBERS = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'errorId']);

/** Turns a response that is no success into the error it stands for. Reads the body; never rejects. */
export async function problemOf(response: Response): Promise<TollgateError> {
  const body = await readObject(response);
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const text = body.detail ?? body.title;
  return new TollgateError(
    knownCode(body.code, response.status),
    typeof text === 'string' ? text : `The server answered with status ${response.status}.`,
    {
      status: response.status,
      ...(typeof body.errorId === 'string' ? { errorId: body.errorId } : {}),
      ...(Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {}),
      details: Object.fromEntries(Object.entries(body).filter(([name]) => !OWN_MEMBERS.has(name))),
    },
  );
}

async function readObject(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    // A proxy's page instead of a problem document, or a body that was cut: the status alone must do.
    return {};
  }
}
