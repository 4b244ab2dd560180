// Makes the databases that the migration is tested on, with the version before it (commit a8c32fa, schema 0) under load:
//
//   TOLLGATE_MAIN=<checkout of a8c32fa, built>/dist/main.js \
//     node --import ./test/support/typescript-hook.mjs test/migration/make-fixtures.ts [own|external]
//
// Each run makes other data; a fixture without what the tests look for is refused.
import { join } from 'node:path';
import { makeExternalIssuer } from './make-external-issuer.js';
import { makeOwnAccounts } from './make-own-accounts.js';

const FOLDER = join(import.meta.dirname, '../fixtures/migration');
const [which] = process.argv.slice(2);

if (which !== 'external') await makeOwnAccounts(join(FOLDER, 'own-accounts.jsonl.gz'));
if (which !== 'own') await makeExternalIssuer(join(FOLDER, 'external-issuer.jsonl.gz'));
process.exit(0);
