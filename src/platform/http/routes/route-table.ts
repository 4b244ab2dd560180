import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner, Reflector, type DiscoveryService, type HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { READS_BODY } from '../raw-body.decorator.js';
import { TAKES_FORM } from '../form-body.decorator.js';
import { AUTHENTICATION_MODE, type AuthenticationMode } from '../public.decorator.js';

/** What express's router keeps of a route. */
interface RouteLayer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  /** @throws URIError when a parameter of the path cannot be decoded */
  match(path: string): boolean;
}

/** What a route expects of a request. */
export interface Expected {
  readonly mode: AuthenticationMode;
  /** Whether its handler asks for the body, which is JSON then; `form`: a form instead; `itself`: it reads whatever comes. */
  readonly takesBody: boolean | 'form' | 'itself';
}

interface Route {
  readonly layer: RouteLayer;
  /** By method, in lower case. */
  readonly expected: Readonly<Record<string, Expected>>;
}

/** What no controller declares (the documentation) has no body to read; it must not be a way around the guard. */
const UNDECLARED: Expected = { mode: 'required', takesBody: false };

/** The routes of the application, as its router has them. To be asked once the application has started. */
export class RouteTable {
  private routes: readonly Route[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly adapter: HttpAdapterHost,
  ) {}

  /** What a request's route expects of it. @returns `undefined` when nothing answers this method at this path */
  expectedOf(method: string, path: string): Expected | undefined {
    const key = method.toLowerCase();
    for (const { layer, expected } of this.all()) {
      const found = expected[key] ?? (key === 'head' ? expected.get : undefined);
      if (found !== undefined && layer.match(path)) return found;
    }
    return undefined;
  }

  /** The methods that a path answers, for `Allow`; none when there is no such path. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.all()) {
      if (!route.layer.match(path)) continue;
      for (const method of Object.keys(route.expected)) methods.add(method.toUpperCase());
    }
    if (methods.size === 0) return [];
    if (methods.has('GET')) methods.add('HEAD');
    return [...methods.add('OPTIONS')].sort();
  }

  private all(): readonly Route[] {
    this.routes ??= this.read();
    return this.routes;
  }

  private read(): Route[] {
    const declared = this.declared();
    const { stack } = this.adapter.httpAdapter.getInstance<Express>().router as unknown as {
      readonly stack: readonly RouteLayer[];
    };
    return stack.flatMap((layer) => {
      if (layer.route === undefined) return [];
      const { path, methods } = layer.route;
      const expected = Object.keys(methods).map(
        (method) => [method, declared.get(`${method} ${normalise(String(path))}`) ?? UNDECLARED] as const,
      );
      return [{ layer, expected: Object.fromEntries(expected) }];
    });
  }

  private declared(): Map<string, Expected> {
    const reflector = new Reflector();
    const scanner = new MetadataScanner();
    const declared = new Map<string, Expected>();
    for (const { metatype, instance } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function' || instance === undefined) continue;
      const prototype = metatype.prototype as Record<string, () => unknown>;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        if (handler === undefined) continue;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) continue;
        const mode =
          reflector.getAllAndOverride<AuthenticationMode | undefined>(AUTHENTICATION_MODE, [
            handler,
            metatype,
          ]) ?? 'required';
        const readsItself = reflector.get<boolean | undefined>(READS_BODY, handler) === true;
        const takesForm = reflector.get<boolean | undefined>(TAKES_FORM, handler) === true;
        const expected: Expected = {
          mode,
          takesBody: readsItself ? 'itself' : takesForm ? 'form' : takesBody(metatype, name),
        };
        for (const prefix of pathsOf(metatype))
          for (const path of pathsOf(handler))
            declared.set(
              `${RequestMethod[method].toLowerCase()} ${normalise(`${prefix}/${path}`)}`,
              expected,
            );
      }
    }
    return declared;
  }
}

/** Whether one of a handler's parameters is `@Body()`. */
function takesBody(controller: object, handler: string): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as object | undefined;
  return Object.keys(parameters ?? {}).some((key) => key.startsWith(`${RouteParamtypes.BODY}:`));
}

function pathsOf(target: object): readonly string[] {
  const paths = Reflect.getMetadata(PATH_METADATA, target) as string | readonly string[] | undefined;
  return typeof paths === 'string' ? [paths] : (paths ?? ['']);
}

function normalise(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}
