import { readFileSync } from 'node:fs';

/**
 * Which database a command is for: what its options say, else what the environment says, as for the instances.
 * @returns `uri`, or the `dataDir` of the embedded database
 */
export function targetOf({ uri, 'data-dir': dataDir }, env = process.env) {
  if (uri !== undefined) return { uri };
  if (dataDir !== undefined) return { dataDir };
  const file = env.MONGODB_URI_FILE;
  const configured = file ? readFileSync(file, 'utf8').trim() : env.MONGODB_URI;
  return configured && configured !== 'embedded'
    ? { uri: configured }
    : { dataDir: env.DATA_DIR || './data' };
}

/** For people, without what nobody may see. */
export function nameOf({ uri, dataDir }) {
  return uri === undefined
    ? `the embedded database in ${dataDir}`
    : `MongoDB at ${uri.replace(/\/\/[^@/]*@/, '//').replace(/\?.*$/, '')}`;
}

/** The database that a URI names, if it names one. */
export function databaseIn(uri) {
  const [, name] = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri ?? '') ?? [];
  return name === undefined ? undefined : decodeURIComponent(name);
}
