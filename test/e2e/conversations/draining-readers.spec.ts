import { drainingReadersSuite } from '../../support/draining-readers-suite.js';

describe('readers of a turn of another instance, when theirs goes', () => {
  drainingReadersSuite(() => Promise.resolve({}));
});
