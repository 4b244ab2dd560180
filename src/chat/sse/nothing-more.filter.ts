import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';

/** A client asks for what lies behind the last event of an ended stream. */
export class NothingMore extends Error {
  override readonly name = 'NothingMore';
}

/** Answers 204, which tells an `EventSource` not to come back. */
@Catch(NothingMore)
export class NothingMoreFilter implements ExceptionFilter<NothingMore> {
  catch(_error: NothingMore, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(204).end();
  }
}
