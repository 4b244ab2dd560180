import { SETTINGS } from '../settings/all-settings.js';
import { reviewNames } from './setting-names.js';

const review = (env: Record<string, string>) => reviewNames(env, SETTINGS);
const meantBy = (name: string) => review({ [name]: 'x' }).misspelt[0]?.meant;

describe('reviewNames', () => {
  it('has nothing to say about settings, and about secrets from files', () => {
    const all = Object.fromEntries(SETTINGS.map(({ name }) => [name, 'x']));
    expect(review({ ...all, JWT_SECRET_FILE: 'x' })).toEqual({ misspelt: [], notices: [] });
  });

  it.each([
    ['TURN_TIMOUT_MS', 'TURN_TIMEOUT_MS'],
    ['TURN_TIMEOUT', 'TURN_TIMEOUT_MS'],
    ['TURN_TIMEOUT_SECONDS', 'TURN_TIMEOUT_MS'],
    ['ACCESS_TOKEN_TTL', 'ACCESS_TOKEN_TTL_S'],
    ['MONGODB_URL', 'MONGODB_URI'],
    ['MONGO_URI', 'MONGODB_URI'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['NODE_EVN', 'NODE_ENV'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['jwt_secret', 'JWT_SECRET'],
    ['JWT-SECRET', 'JWT_SECRET'],
    ['JWT_SECRTE_FILE', 'JWT_SECRET'],
    ['LOG_LEVEL_FILE', 'LOG_LEVEL'],
  ])('finds what was meant by %s', (name, meant) => {
    expect(meantBy(name)).toBe(meant);
  });

  it('only tells of a name beside the setting that it resembles', () => {
    expect(review({ MONGODB_URL: 'x', MONGODB_URI: 'mongodb://a' })).toEqual({
      misspelt: [],
      notices: ['MONGODB_URL is not a setting of Tollgate, MONGODB_URI is in force.'],
    });
    expect(review({ JWT_SECRETS: 'x', JWT_SECRET_FILE: '/run/secrets/jwt' }).misspelt).toEqual([]);
  });

  it('tells of other names that begin as ours do', () => {
    expect(review({ UPSTREAM_BACKOFF_MS: '1' })).toEqual({
      misspelt: [],
      notices: ['UPSTREAM_BACKOFF_MS is not a setting of Tollgate and has no effect.'],
    });
  });

  it.each([
    'PATH',
    'HOME',
    'HOSTNAME',
    'POST',
    'port',
    'http_proxy',
    'NODE_OPTIONS',
    'LOG_FORMAT',
    'DATA_VOLUME',
    'TOLLGATE_URL',
    'XDG_DATA_DIRS',
    'npm_config_user_agent',
    'FLOWISE_SERVICE_HOST',
    'FLOWISE_SERVICE_PORT_HTTP',
    'FLOWISE_PORT',
    'STORM_PORT_8080_TCP_ADDR',
    'REDIS_HOST',
    'FAULT_POINTS_',
    '__proto__',
    '',
  ])('lets %s be', (name) => {
    expect(meantBy(name)).toBeUndefined();
    if (!name.startsWith('FAULT_')) expect(review({ [name]: 'x' }).notices).toEqual([]);
  });

  it('lets names be that are set to nothing', () => {
    expect(review({ TURN_TIMOUT_MS: ' ' })).toEqual({ misspelt: [], notices: [] });
  });
});
