import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AccountBootstrap } from '../auth/accounts/account-bootstrap.service.js';
import { Public } from '../platform/http/public.decorator.js';
import { AppConfig } from '../config/app-config.js';
import { errors } from '../platform/errors/errors.js';
import { isFromThisMachine } from './demo-prefill.js';
import { ENCODINGS, PageFiles } from './page-files.service.js';

const A_YEAR = 'public, max-age=31536000, immutable';
/** Asked for again each time, and answered with 304 while it is the same. */
const REVALIDATED = 'no-cache';

/** What the page needs to know before anybody has signed in. */
interface WebConfig {
  readonly registration: 'open' | 'closed';
  readonly demo?: { readonly email: string; readonly password?: string };
}

/** The chat page, at `/`. */
@ApiExcludeController()
@Public()
@Controller()
export class WebController {
  constructor(
    private readonly config: AppConfig,
    private readonly files: PageFiles,
    private readonly bootstrap: AccountBootstrap,
  ) {}

  @Get()
  page(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('index.html', REVALIDATED, request, response);
  }

  @Get('theme.js')
  theme(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('theme.js', REVALIDATED, request, response);
  }

  @Get(['favicon.svg', 'favicon.ico'])
  favicon(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send('favicon.svg', REVALIDATED, request, response);
  }

  /** Their names carry a hash of their content. */
  @Get('assets/:name')
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(`assets/${name}`, A_YEAR, request, response);
  }

  /**
   * The demo user's password only when this start generated it, and only to a browser on this machine: whoever sees it there could read it in
   * the terminal, too. Never in production, where there is no demo user.
   */
  @Get('web-config.json')
  @Header('Cache-Control', 'no-store')
  webConfig(@Req() request: Request): WebConfig {
    const { registration } = this.config.accounts;
    const email = this.bootstrap.demoEmail;
    if (this.config.environment === 'production' || email === undefined) return { registration };
    const password = isFromThisMachine(request) ? this.bootstrap.created?.password : undefined;
    return { registration, demo: { email, ...(password === undefined ? {} : { password }) } };
  }

  private async send(path: string, caching: string, request: Request, response: Response): Promise<void> {
    const file = await this.files.find(path);
    if (file === undefined) throw errors.notFound('This page');
    response.setHeader('Cache-Control', caching);
    response.setHeader('ETag', file.etag);
    response.setHeader('Vary', 'Accept-Encoding');
    if (request.headers['if-none-match'] === file.etag) {
      response.status(304).end();
      return;
    }
    const accepted = request.acceptsEncodings([...ENCODINGS]);
    const encoding =
      ENCODINGS.find((one) => one === accepted && file.bodies[one] !== undefined) ?? 'identity';
    const body = file.bodies[encoding] ?? file.bodies.identity;
    if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding);
    response.setHeader('Content-Type', file.type);
    response.setHeader('Content-Length', body.length);
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}
