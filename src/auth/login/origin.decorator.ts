import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';

/** Where a request came from, for throttling and for the audit log. */
export interface Origin {
  /** The client's, behind proxies by TRUST_PROXY_HOPS. */
  readonly address: string;
  /** What the client calls itself. */
  readonly userAgent?: string;
  readonly acceptLanguage?: string;
  /** As in `X-Request-Id`. */
  readonly requestId?: string;
}

export const RequestOrigin = createParamDecorator((_: unknown, context: ExecutionContext): Origin => {
  const http = context.switchToHttp();
  const { ip = '', headers } = http.getRequest<Request>();
  const requestId = http.getResponse<Response>().getHeader('x-request-id');
  const { 'user-agent': userAgent, 'accept-language': acceptLanguage } = headers;
  return {
    address: ip,
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(acceptLanguage === undefined ? {} : { acceptLanguage }),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  };
});
