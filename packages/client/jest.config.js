import { run, shared } from '../../jest.config.js';

export default { ...shared, ...run, displayName: 'client-units', testMatch: ['<rootDir>/src/**/*.spec.ts'] };
