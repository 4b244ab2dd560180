// npm run test:keycloak : sign-in with a real Keycloak, whose distribution KEYCLOAK_HOME names (its folder or its zip) or the local Maven repository holds.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const ARTIFACT = 'org.keycloak:keycloak-quarkus-dist';
/** Of what docs/sign-in.md says. */
const TRIED = '26.3.5';
const IN_MAVEN = join(homedir(), '.m2/repository/org/keycloak/keycloak-quarkus-dist');

function notRun(why) {
  process.stderr.write(
    `NOT RUN: ${why}\n` +
      'Needs Java 17 or newer and a Keycloak: name the folder or the zip of its distribution by KEYCLOAK_HOME, or get it with\n' +
      `  mvn dependency:get -Dartifact=${ARTIFACT}:${TRIED}:zip -Dtransitive=false\n`,
  );
  process.exit(1);
}

function inMaven() {
  const versions = existsSync(IN_MAVEN) ? readdirSync(IN_MAVEN) : [];
  const zips = versions.map((version) => join(IN_MAVEN, version, `keycloak-quarkus-dist-${version}.zip`));
  const found = zips.filter((zip) => existsSync(zip));
  return found.find((zip) => zip.includes(TRIED)) ?? found.sort().at(-1);
}

const given = process.env.KEYCLOAK_HOME ?? inMaven();
if (given === undefined || !existsSync(given)) notRun(`there is no Keycloak${given ? ` at ${given}` : ''}.`);
if (spawnSync('java', ['-version']).status !== 0) notRun('there is no Java.');

// A copy also of a folder: Keycloak keeps in its own what it has made of its settings.
const scratch = mkdtempSync(join(tmpdir(), 'tollgate-keycloak-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) notRun(`${command} failed${error ? `: ${error.message}` : ''}.`);
};
if (statSync(given).isDirectory()) run('cp', ['-R', given, join(scratch, 'keycloak')]);
else run('unzip', ['-q', given, '-d', scratch]);
const [folder] = readdirSync(scratch);

const jest = ['scripts/jest.mjs', '--selectProjects', 'keycloak', '--runInBand', ...process.argv.slice(2)];
const env = { ...process.env, KEYCLOAK_HOME: join(scratch, folder) };
process.exit(spawnSync(process.execPath, jest, { stdio: 'inherit', env }).status ?? 1);
