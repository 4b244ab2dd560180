import { parseArgs } from 'node:util';
import { startEmbeddedDatabase } from '../index.js';
// Runs the database of a directory alone, so that a shell or a GUI client can look at the data.
const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: './data' } } });
const starting = startEmbeddedDatabase({ dataDir: values['data-dir'] });
// Before the address is printed: whoever has read it may stop the process at once.
const stop = () => {
    void starting
        .then((database) => database.close())
        .then(() => process.exit(0), () => process.exit(1));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
try {
    process.stdout.write(`${(await starting).uri}\n`);
}
catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
}
//# sourceMappingURL=serve.js.map