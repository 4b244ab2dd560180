// Makes the databases that the migrations are tested on, each with the version before it: the first two with commit a8c32fa (schema 0) under load,
// the third with b578cec (schema 1):
//
//   TOLLGATE_MAIN=<checkout of the commit, built>/dist/main.js \
//     node --import ./test/support/typescript-hook.mjs test/migration/make-fixtures.ts <own|external|regenerated>
//
// Each run makes other data; a fixture without what the tests look for is refused.
import { join } from 'node:path';
import { makeExternalIssuer } from './make-external-issuer.js';
import { makeRegenerated } from './make-regenerated.js';
import { makeOwnAccounts } from './make-own-accounts.js';

const FOLDER = join(import.meta.dirname, '../fixtures/migration');
const [which] = process.argv.slice(2);

if (which === 'own') await makeOwnAccounts(join(FOLDER, 'own-accounts.jsonl.gz'));
if (which === 'external') await makeExternalIssuer(join(FOLDER, 'external-issuer.jsonl.gz'));
if (which === 'regenerated') await makeRegenerated(join(FOLDER, 'regenerated.jsonl.gz'));
process.exit(0);
