import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, Reflector, type DiscoveryService, type HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { AUTHENTICATION_MODE, type AuthenticationMode } from '../public.decorator.js';

/** What express's router keeps of a route. */
interface RouteLayer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  /** @throws URIError when a parameter of the path cannot be decoded */
  match(path: string): boolean;
}

interface Route {
  readonly layer: RouteLayer;
  /** By method, in lower case. */
  readonly modes: Readonly<Record<string, AuthenticationMode>>;
}

/** The routes of the application, as its router has them. To be asked once the application has started. */
export class RouteTable {
  private routes: readonly Route[] | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly adapter: HttpAdapterHost,
  ) {}

  /** What a request's route expects of its sender. @returns `undefined` when nothing answers this method at this path */
  modeOf(method: string, path: string): AuthenticationMode | undefined {
    const key = method.toLowerCase();
    for (const route of this.all()) {
      const mode = route.modes[key] ?? (key === 'head' ? route.modes.get : undefined);
      if (mode !== undefined && route.layer.match(path)) return mode;
    }
    return undefined;
  }

  /** The methods that a path answers, for `Allow`; none when there is no such path. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.all()) {
      if (!route.layer.match(path)) continue;
      for (const method of Object.keys(route.modes)) methods.add(method.toUpperCase());
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
    const declared = this.declaredModes();
    const { stack } = this.adapter.httpAdapter.getInstance<Express>().router as unknown as {
      readonly stack: readonly RouteLayer[];
    };
    return stack.flatMap((layer) => {
      if (layer.route === undefined) return [];
      const { path, methods } = layer.route;
      // What no controller declares (the documentation) has no body to read; it must not be a way around the guard.
      const modes = Object.keys(methods).map(
        (method) => [method, declared.get(`${method} ${normalise(String(path))}`) ?? 'required'] as const,
      );
      return [{ layer, modes: Object.fromEntries(modes) }];
    });
  }

  private declaredModes(): Map<string, AuthenticationMode> {
    const reflector = new Reflector();
    const scanner = new MetadataScanner();
    const modes = new Map<string, AuthenticationMode>();
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
        for (const prefix of pathsOf(metatype))
          for (const path of pathsOf(handler))
            modes.set(`${RequestMethod[method].toLowerCase()} ${normalise(`${prefix}/${path}`)}`, mode);
      }
    }
    return modes;
  }
}

function pathsOf(target: object): readonly string[] {
  const paths = Reflect.getMetadata(PATH_METADATA, target) as string | readonly string[] | undefined;
  return typeof paths === 'string' ? [paths] : (paths ?? ['']);
}

function normalise(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}
