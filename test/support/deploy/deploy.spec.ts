/* eslint-disable @typescript-eslint/no-explicit-any -- documents of others, looked into here and there */
import { readFileSync } from 'node:fs';
import { load, loadAll } from 'js-yaml';
import { SETTINGS } from '../../../src/config/settings/all-settings.js';

const text = (path: string): string => readFileSync(path, 'utf8');
const names = new Set(SETTINGS.map(({ name }) => name));
const SECOND_MS = 1000;
/** What the process needs beyond its grace, as docs/operating/production.md says. */
const MARGIN_S = 10;

describe('what is deployed', () => {
  it('runs in its image as `npm start` runs it, and not as root', () => {
    const dockerfile = text('Dockerfile');
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const command = /^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
    expect((JSON.parse(command) as string[]).join(' ')).toBe(scripts.start);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('npm prune --omit=dev');
    const settings =
      /^ENV (.*)$/m
        .exec(dockerfile)?.[1]
        ?.split(' ')
        .map((pair) => pair.split('=', 1)[0] ?? '') ?? [];
    expect(settings.length).toBeGreaterThan(2);
    expect(settings.filter((name) => !names.has(name))).toEqual([]);
    expect(text('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.env', '.git', 'data']));
  });

  it('is composed of two instances, whose grace fits, behind the nginx of the documentation', () => {
    const { services } = load(text('compose.yaml')) as { services: Record<string, any> };
    for (const name of ['tollgate-1', 'tollgate-2']) {
      const {
        environment,
        read_only: isReadOnly,
        stop_grace_period: grace,
      } = { ...services[name]['<<'], ...services[name] };
      expect(isReadOnly).toBe(true);
      expect(Object.keys(environment).filter((one) => !names.has(one))).toEqual([]);
      expect(parseInt(grace)).toBe(Number(environment.SHUTDOWN_GRACE_MS) / SECOND_MS + MARGIN_S);
    }
    const plain = (path: string): string =>
      text(path)
        .replace(/^#.*\n/gm, '')
        .replace(/server \S+:3000/g, 'server x')
        .trim();
    expect(plain('deploy/nginx/compose.conf')).toBe(plain('docs/operating/nginx.conf'));
  });

  it('is deployed to Kubernetes with probes that exist, a grace that fits and a metric that is measured', () => {
    const documents = loadAll(text('deploy/kubernetes/tollgate.yaml')) as any[];
    expect(documents.map(({ kind }) => kind)).toEqual([
      'Deployment',
      'Service',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
    ]);
    const pod = documents[0].spec.template.spec;
    const [container] = pod.containers;
    const env = Object.fromEntries(container.env.map(({ name, value }: any) => [name, value]));
    expect(Object.keys(env).filter((name) => !names.has(name))).toEqual([]);
    const preStopS = Number(container.lifecycle.preStop.exec.command[1]);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      preStopS + Number(env.SHUTDOWN_GRACE_MS) / SECOND_MS + MARGIN_S,
    );
    expect(container.readinessProbe.httpGet.path).toBe('/health/ready');
    expect(container.livenessProbe.httpGet.path).toBe('/health/live');
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    const { selector } = documents[0].spec;
    for (const { spec } of [documents[2]]) expect(spec.selector).toEqual(selector);
    expect(documents[4].spec.podSelector).toEqual(selector);
    expect(text('deploy/grafana/tollgate.json')).toContain(documents[3].spec.metrics[0].pods.metric.name);
  });
});
