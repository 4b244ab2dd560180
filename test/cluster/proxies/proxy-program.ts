import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const EXAMPLES = join(import.meta.dirname, '../../../docs/operating');
/** What stands below it in an example is a comment until Tollgate is served below a path. */
const PATH_MARK = /^( *\t*)#.* Below a path that is cut off.*\n\1# (.*)$/gm;
const EXAMPLE_PATH = '/tollgate';

export interface PathBelow {
  /** Without a trailing slash. */
  readonly path: string;
  readonly isCutOff: boolean;
}

export interface ProxyOptions {
  readonly below?: PathBelow;
  /** The silence after which a peer is given up, instead of the example's minute. */
  readonly idleSeconds?: number;
}

/** One that serves. */
export interface RunningProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** A real proxy, started with the example that the documentation shows. */
export interface ProxyProgram {
  /** As it is found in the path. */
  readonly command: string;
  /** Whether its example gives a silent peer up. */
  readonly hasIdleBound: boolean;
  /** Whether it notices a client that goes while nothing is sent; else with the next heartbeats. */
  readonly seesClientsGo: boolean;
  /** @param instances host and port of each @throws Error when it does not start, with what it said */
  start(instances: readonly string[], options?: ProxyOptions): Promise<RunningProxy>;
}

export function readExample(name: string): Promise<string> {
  return readFile(join(EXAMPLES, name), 'utf8');
}

/** @throws Error when a part is not in the text, so that an example and its test cannot part ways */
export function replaceParts(
  text: string,
  parts: readonly (readonly [part: string | RegExp, by: string])[],
): string {
  return parts.reduce((all, [part, by]) => {
    const found = typeof part === 'string' ? all.includes(part) : part.test(all);
    if (!found) throw new Error(`The example does not contain ${String(part)}`);
    return typeof part === 'string' ? all.replaceAll(part, () => by) : all.replace(part, by);
  }, text);
}

/** The line of an example's first instance for each of these, in place of those for its two. */
export function withInstances(text: string, instances: readonly string[]): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.includes('10.0.0.11'));
  const [example = '', second = ''] = lines.slice(at, at + 2);
  if (!second.includes('10.0.0.12')) throw new Error('The example names its two instances elsewhere');
  lines.splice(
    at,
    2,
    ...instances.map((instance, index) => {
      const [host = '', port = ''] = instance.split(':');
      return example
        .replace('tollgate-1', `tollgate-${index + 1}`)
        .replace('10.0.0.11', host)
        .replace('3000', port);
    }),
  );
  return lines.join('\n');
}

/** The example as it is for Tollgate below a path: what is a comment there comes alive when the path is cut off; when it is handed on nothing changes. */
export function withPath(text: string, below: PathBelow | undefined): string {
  if (below?.isCutOff !== true) return text;
  return replaceParts(text, [[PATH_MARK, '$1$2']]).replaceAll(EXAMPLE_PATH, () => below.path);
}
