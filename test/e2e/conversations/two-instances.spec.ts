import { twoInstancesSuite } from '../../support/two-instances-suite.js';

describe('two instances over one database', () => {
  twoInstancesSuite(() => Promise.resolve({}));
});
