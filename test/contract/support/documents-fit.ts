import { expectAllToFit } from './open-databases.js';

// For every contract suite (jest.config.js): whatever a store has written is what the schemas say, strictly, and whatever it has asked is listed.
afterEach(expectAllToFit);
