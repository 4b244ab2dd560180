/**
 * Runs a command on a file and a data folder, which `--help` explains.
 * @param option that names the file, which must be given
 * @param work says what it has done
 */
export declare function run(usage: string, option: string, work: (file: string, dataDir: string) => string): void;
