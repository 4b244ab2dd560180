import { join } from 'node:path';
import { backUp } from '../store/backup.js';
import { run } from './run.js';
const USAGE = `Copies the embedded database, while a server runs on it or not.

  --out FILE        the copy, which must not exist yet
  --data-dir DIR    the data folder (./data)

To go back to it: db:restore.
`;
run(USAGE, 'out', (file, dataDir) => {
    backUp(join(dataDir, 'data.db'), file);
    return `Copied to ${file}`;
});
//# sourceMappingURL=backup.js.map