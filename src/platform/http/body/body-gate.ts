import type { NextFunction, Request, Response } from 'express';
import { errors } from '../../errors/errors.js';
import type { RequestAuthentication } from '../request-authentication.port.js';
import type { RouteTable } from '../routes/route-table.js';
import type { BodyBudget } from './body-budget.js';
import { continueIfAwaited } from './expect-continue.js';
import { FORM_TYPE, parseForm } from './form.js';
import { JsonScanner } from './json-scanner.js';
import { lingerAfterAnswer } from './linger.js';
import { readBody, type BodyBounds, type BodyScanner } from './read-body.js';
import { unreadable } from './unreadable.js';

const MEBIBYTE = 1024 * 1024;
export const JSON_BODY_BYTES = 2 * MEBIBYTE;
export const UPLOAD_BODY_BYTES = 10 * MEBIBYTE;
/** A login, a registration, a refresh token: hundreds of bytes. */
export const PUBLIC_BODY_BYTES = 16 * 1024;
/** 10 MB in a minute are 1.4 Mbit/s. */
export const BODY_DEADLINE_MS = 60_000;
export const PUBLIC_BODY_DEADLINE_MS = 10_000;

const PUBLIC: BodyBounds = { maxBytes: PUBLIC_BODY_BYTES, deadlineMs: PUBLIC_BODY_DEADLINE_MS };
const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** How a body is written, and read. */
interface BodyForm {
  readonly type: RegExp;
  /** Looks at it while it arrives. */
  readonly scanner: () => BodyScanner | undefined;
  readonly parse: (bytes: Buffer) => unknown;
}

const JSON_BODY: BodyForm = { type: JSON_TYPE, scanner: () => new JsonScanner(), parse };
const FORM: BodyForm = { type: FORM_TYPE, scanner: () => undefined, parse: parseForm };

export interface BodyGateOptions {
  readonly routes: RouteTable;
  readonly authentication: RequestAuthentication;
  readonly budget: BodyBudget;
  /** Paths (with everything below them) whose bodies may carry uploads. */
  readonly uploadPaths: readonly string[];
}

/**
 * Express middleware that reads JSON bodies, or forms where a route takes one, and nothing else, into `request.body`. Before it takes a byte of one it has verified the sender by the
 * headers; whoever needs no credentials gets kilobytes, and a path or a method that does not exist gets nothing, nor does a route that asks for no
 * body. A refused body is not read.
 */
export class BodyGate {
  constructor(private readonly options: BodyGateOptions) {}

  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    if (!hasBody(request)) {
      next();
      return;
    }
    this.admit(request, response).then(
      () => next(),
      (error: unknown) => {
        if (!request.complete) lingerAfterAnswer(request, response);
        next(error);
      },
    );
  };

  private async admit(request: Request, response: Response): Promise<void> {
    const { routes, authentication } = this.options;
    const expected = routes.expectedOf(request.method, request.path);
    if (expected === undefined) {
      // The routes say what is wrong with it, once its body is out of the way.
      if (!fits(request, PUBLIC)) this.refuseUnknown(request, response);
      return;
    }
    if (expected.takesBody === 'itself') {
      await authentication.authenticate(request, response);
      return;
    }
    if (!expected.takesBody) {
      leaveUnread(request, response);
      return;
    }
    if (expected.mode !== 'required') {
      await this.read(request, response, PUBLIC, expected.takesBody === 'form' ? FORM : JSON_BODY);
      return;
    }
    try {
      await authentication.authenticate(request, response);
    } catch (error) {
      // What fits is read all the same: the form of some answers depends on it, and the connection can be kept.
      if (fits(request, PUBLIC)) await this.read(request, response, PUBLIC).catch(() => undefined);
      throw error;
    }
    const maxBytes = this.mayUpload(request.path) ? UPLOAD_BODY_BYTES : JSON_BODY_BYTES;
    await this.read(request, response, { maxBytes, deadlineMs: BODY_DEADLINE_MS });
  }

  private async read(
    request: Request,
    response: Response,
    bounds: BodyBounds,
    form: BodyForm = JSON_BODY,
  ): Promise<void> {
    const type = request.headers['content-type'] ?? '';
    if (!form.type.test(type)) {
      leaveUnread(request, response);
      return;
    }
    if (!/^utf-?8$/i.test(CHARSET.exec(type)?.[1] ?? 'utf-8')) throw unreadable('unknown charset');
    const share = this.options.budget.open(request.ip ?? '');
    try {
      continueIfAwaited(request, response);
      request.body = form.parse(await readBody(request, bounds, share, form.scanner()));
    } finally {
      share.release();
    }
  }

  private refuseUnknown(request: Request, response: Response): never {
    const methods = this.options.routes.methodsOf(request.path);
    if (methods.length === 0) throw errors.notFound('This route');
    response.setHeader('Allow', methods.join(', '));
    throw errors.methodNotAllowed(methods);
  }

  private mayUpload(path: string): boolean {
    return this.options.uploadPaths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  }
}

/** A length of 0 is a body, too: of a JSON type it is read as an empty object. */
function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}

/** Whether a body says that it is small. One of unknown length does not. */
function fits({ headers }: Request, { maxBytes }: BodyBounds): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= maxBytes;
}

/** Nobody asks for it: whoever handles the request finds no body. */
function leaveUnread(request: Request, response: Response): void {
  if (!fits(request, PUBLIC)) lingerAfterAnswer(request, response);
}

function parse(bytes: Buffer): unknown {
  // A common mistake of clients of routes whose body is optional.
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw unreadable('not JSON');
  }
  if (typeof value !== 'object' || value === null) throw unreadable('not JSON');
  return value;
}
