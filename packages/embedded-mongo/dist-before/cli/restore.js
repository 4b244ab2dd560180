import { restore } from '../store/restore.js';
import { run } from './run.js';
const USAGE = `Makes a backup the embedded database. Its server must be stopped; what was there is moved aside.

  --from FILE       what db:backup wrote
  --data-dir DIR    the data folder (./data)
`;
run(USAGE, 'from', (file, dataDir) => {
    const aside = restore(dataDir, file);
    return aside === undefined ? 'Restored.' : `Restored. What was there is in ${aside}`;
});
//# sourceMappingURL=restore.js.map