// `npm run config:docs`: writes what is documented of the settings, from where they are declared. A unit test says when it has to be run.
import { writeFileSync } from 'node:fs';
import { envExample, settingsPage } from '../dist/config/schema/settings-documents.js';
import { CONCERNS } from '../dist/config/settings/all-settings.js';

writeFileSync('.env.example', envExample(CONCERNS));
writeFileSync('docs/operating/settings.md', settingsPage(CONCERNS));
