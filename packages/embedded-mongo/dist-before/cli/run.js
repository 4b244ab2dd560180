import { parseArgs } from 'node:util';
/**
 * Runs a command on a file and a data folder, which `--help` explains.
 * @param option that names the file, which must be given
 * @param work says what it has done
 */
export function run(usage, option, work) {
    try {
        const { values } = parseArgs({
            options: {
                [option]: { type: 'string' },
                'data-dir': { type: 'string', default: './data' },
                help: { type: 'boolean', short: 'h', default: false },
            },
        });
        const { [option]: file, 'data-dir': dataDir } = values;
        if (values.help === true)
            process.stdout.write(usage);
        else if (typeof file !== 'string')
            throw new TypeError(`--${option} is needed.`);
        else
            process.stderr.write(`${work(file, String(dataDir))}\n`);
    }
    catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(error instanceof TypeError ? `${message}\n\n${usage}` : `${message}\n`);
        process.exitCode = 1;
    }
}
//# sourceMappingURL=run.js.map