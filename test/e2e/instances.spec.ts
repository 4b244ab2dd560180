import { instancesSuite } from '../support/instances-suite.js';

describe('the list of instances, which meet in the database alone', () => {
  instancesSuite(() => Promise.resolve({}), 'alone');
});
