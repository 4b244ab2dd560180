import type { NextFunction, Request, Response } from 'express';
import { errors } from '../../errors/errors.js';
import type { RouteTable } from './route-table.js';

/** Express middleware after all routes: answers a method that a path does not have, and what methods it has. */
export function methodNotAllowed(routes: RouteTable) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const methods = routes.methodsOf(request.path);
    if (methods.length === 0) {
      next();
      return;
    }
    response.setHeader('Allow', methods.join(', '));
    if (request.method === 'OPTIONS') response.status(204).end();
    else next(errors.methodNotAllowed(methods));
  };
}
