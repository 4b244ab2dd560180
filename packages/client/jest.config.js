import { shared } from '../../jest.config.js';

export default { ...shared, displayName: 'client-units', testMatch: ['<rootDir>/src/**/*.spec.ts'] };
