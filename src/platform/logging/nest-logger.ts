import type { LoggerService } from '@nestjs/common';
import type { LogFields, StructuredLog } from './structured-log.port.js';

/** Nest's own lines (modules, routes) are of use only while developing Tollgate itself. */
const FRAMEWORK_CONTEXTS = new Set([
  'InstanceLoader',
  'NestFactory',
  'NestApplication',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Sends what Nest and its `Logger` say into the structured log. */
export class NestLogger implements LoggerService {
  constructor(private readonly sink: StructuredLog) {}

  log(message: unknown, ...rest: unknown[]): void {
    const fields = fieldsOf(rest);
    const level = FRAMEWORK_CONTEXTS.has(String(fields.context)) ? 'debug' : 'info';
    this.sink[level](fields, textOf(message));
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.sink.warn(fieldsOf(rest), textOf(message));
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.sink.debug(fieldsOf(rest), textOf(message));
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.sink.trace(fieldsOf(rest), textOf(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.sink.error({ ...fieldsOf(rest), ...errorField(message, rest) }, textOf(message));
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.sink.fatal({ ...fieldsOf(rest), ...errorField(message, rest) }, textOf(message));
  }
}

/** Nest passes the context as the last argument. */
function fieldsOf(rest: readonly unknown[]): LogFields {
  const context = rest.at(-1);
  return typeof context === 'string' ? { context } : {};
}

/** Nest gives either an Error or its stack as text, before the context. */
function errorField(message: unknown, rest: readonly unknown[]): LogFields {
  const error = [message, ...rest].find((part) => part instanceof Error);
  if (error !== undefined) return { err: error };
  const stack = rest.slice(0, -1).find((part) => typeof part === 'string');
  return stack === undefined ? {} : { stack };
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (message instanceof Error) return message.message;
  return JSON.stringify(message) ?? String(message);
}
