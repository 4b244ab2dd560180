import { ConfigError } from '../../config/config.error.js';
import { describeStartError, StartError } from './start.error.js';

const SECRET = 'mongodb://root:s3cret@db';

describe('describeStartError', () => {
  it('lists wrong settings and shows where they are explained', () => {
    expect(describeStartError(new ConfigError(['PORT must be a whole number']))).toMatch(
      /PORT must be.*\n.*\.env\.example/,
    );
  });

  it('names the port that is in use', () => {
    const error = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 3000 });
    expect(describeStartError(error)).toMatch(/^Port 3000 is in use/);
  });

  it('never repeats what the driver says about a database that it cannot reach', () => {
    const error = Object.assign(new Error(SECRET), { name: 'MongooseServerSelectionError' });
    expect(describeStartError(error)).toMatch(/MONGODB_URI/);
    expect(describeStartError(error)).not.toContain('s3cret');
  });

  it('shows the stack of a bug only', () => {
    expect(describeStartError(new StartError('The folder is in use.'))).toBe('The folder is in use.');
    expect(describeStartError(new TypeError('bug'))).toContain('start.error.spec');
  });
});
