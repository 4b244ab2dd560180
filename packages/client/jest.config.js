import { shared } from '../../jest.config.js';

export default {
  ...shared,
  displayName: 'client-package',
  testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'],
  // No database is needed here.
  globalSetup: undefined,
};
