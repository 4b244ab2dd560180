import { expectAllToFit } from './open-databases.js';

// For every contract suite (jest.config.js): whatever a store has written is what the schemas say, strictly.
afterEach(expectAllToFit);
