import { run, shared } from '../../jest.config.js';

export default {
  ...shared,
  ...run,
  displayName: 'client-package',
  testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'],
};
