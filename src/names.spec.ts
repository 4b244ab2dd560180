import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a file of `src` can be, as the last part of its name says. A value, a function or a class that nobody injects has a name alone. */
const ROLES = {
  module: 'what Nest puts together',
  controller: 'routes',
  dto: 'the shape of a request',
  docs: 'what Swagger says of routes',
  guard: 'lets requests in',
  strategy: 'how Passport knows somebody',
  authenticator: 'who somebody is, by one kind of credential',
  decorator: 'a decorator',
  filter: 'what becomes of an error',
  interceptor: 'what is done around a route',
  pipe: 'checks what came in',
  middleware: 'what Express calls',
  validator: 'rules of a DTO',
  service: 'logic that is injected',
  port: 'a need, as an abstract class: type and token at once',
  store: 'a port of what is stored, or what implements it',
  provider: 'a kind of upstream',
  client: 'speaks to another server',
  encoder: 'events to bytes; pure',
  decoder: 'bytes to events; pure',
  mapper: 'one shape to another; pure',
  policy: 'a decision; pure',
  wire: 'shapes as others send them',
  schema: 'a document of the database',
  schemas: 'shapes of the OpenAPI document',
  step: 'a step of a migration',
  settings: 'settings of one concern',
  error: 'errors that are thrown',
} as const;
const INJECTED =
  'service|store|provider|client|guard|strategy|authenticator|pipe|filter|interceptor|middleware';
/** What Nest makes of a class, and the names that say so. */
const PARTS: readonly (readonly [decorator: RegExp, roles: RegExp])[] = [
  [/^@Injectable\(/m, new RegExp(`\\.(${INJECTED})\\.ts$`)],
  [/^@Controller\(/m, /\.controller\.ts$/],
  [/^@Module\(/m, /\.module\.ts$/],
  [/^@Catch\(/m, /\.filter\.ts$/],
];

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
  .map((path) => ({ path, source: readFileSync(join(import.meta.dirname, path), 'utf8') }));
const pathsOf = (found: readonly { readonly path: string }[]): string[] => found.map(({ path }) => path);

describe('names of files', () => {
  it('end in roles of the list, if in any, and every role of it is there', () => {
    const roles = files.flatMap(({ path }) => basename(path, '.ts').split('.').slice(1));
    expect([...new Set(roles)].sort()).toEqual(Object.keys(ROLES).sort());
  });

  it('say what Nest makes of their class', () => {
    const misnamed = files.filter(({ path, source }) =>
      PARTS.some(([decorator, roles]) => decorator.test(source) && !roles.test(path)),
    );
    expect(pathsOf(misnamed)).toEqual([]);
  });

  it('spell the role of their class with a dot', () => {
    const misnamed = files.filter(({ path, source }) => {
      const [name = '', role] = /^(.*)-([a-z]+)\.ts$/.exec(basename(path))?.slice(1) ?? [];
      if (role === undefined || !Object.hasOwn(ROLES, role)) return false;
      const className = `${name}-${role}`.replace(/(?:^|-)([a-z])/g, (_, letter: string) =>
        letter.toUpperCase(),
      );
      return new RegExp(`^export (abstract )?class ${className}\\b`, 'm').test(source);
    });
    expect(pathsOf(misnamed)).toEqual([]);
  });

  it('of ports are those of abstract classes that others implement', () => {
    const ports = files.filter(({ path }) => path.endsWith('.port.ts'));
    expect(
      pathsOf(ports.filter(({ source }) => !/^export (abstract class|interface)/m.test(source))),
    ).toEqual([]);
  });
});
