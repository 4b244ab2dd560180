import { line, mongodbUri } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

export interface DatabaseConfig {
  /** Folder of the embedded database and of generated secrets. */
  readonly dataDir: string;
  /** Unset: the embedded database in `dataDir`. */
  readonly mongodbUri: string | undefined;
  /** Whether a start builds missing indexes; off in production, where `npm run db:indexes` does. */
  readonly autoIndex: boolean;
}

export const DATABASE = concern({
  title: 'Data',
  settings: {
    dataDir: setting('DATA_DIR', line('the path of a folder'), {
      default: './data',
      about: 'Folder of the embedded database and of generated secrets.',
    }),
    uri: setting('MONGODB_URI', mongodbUri(), {
      secret: true,
      about:
        'The database; it is `tollgate` unless the URI names one. Unset, or the word embedded: the embedded database in DATA_DIR (in production only by that word). In production build the indexes with `npm run db:indexes` before a release.',
    }),
  },
  compose: ({ dataDir, uri }, { production, fail }): DatabaseConfig => {
    // In production the embedded database must be asked for by name, so that nobody runs on it by accident.
    const embedded = uri === 'embedded';
    if (uri === undefined && production)
      fail('MONGODB_URI', 'is required in production (or the word "embedded")');
    return {
      dataDir,
      mongodbUri: embedded ? undefined : uri,
      autoIndex: !production || embedded,
    };
  },
});
