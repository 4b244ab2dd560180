import { parseArgs } from 'node:util';
import { isEmail } from 'class-validator';
import { MAX_EMAIL_CHARACTERS } from '../../contract/account-bounds.js';
import { ROLES, type Role } from '../../contract/principal.js';
import { UsageError } from '../cli-arguments.js';

export const USER_COMMANDS = [
  'create',
  'list',
  'grant-admin',
  'roles',
  'disable',
  'enable',
  'reset-password',
  'sign-out',
  'help',
] as const;
export type UserCommand = (typeof USER_COMMANDS)[number];

export interface UserArguments {
  readonly command: UserCommand;
  /** An e-mail or an id; of `create` and `list` an e-mail, or its beginning. */
  readonly who: string | undefined;
  readonly roles: readonly Role[] | undefined;
  /** `create`: a token instead of a password. */
  readonly invite: boolean;
  /** `list`: only those. */
  readonly role: Role | undefined;
  readonly disabled: boolean;
  readonly json: boolean;
}

export const USER_HELP = `Usage: npm run user -- <command> [options]      users of the database of DATA_DIR or MONGODB_URI, also while servers run

  create --email E [--admin]        asks for the password, or reads it from standard input (its first line)
         --invite                   no password: prints a token with which it is set once
  list [--email BEGINNING] [--role admin] [--disabled]
  grant-admin USER                  gives the role of an admin
  roles USER user[,admin]           all roles that the user has from now on
  disable USER | enable USER        refused everywhere, or not any more
  reset-password USER               prints a token with which the password is set once, within a day
  sign-out USER                     ends all sign-ins; API keys stay

  USER is an e-mail or an id. --json writes JSON. Each command that changes something stands in the audit log.
  Exit code 0: done · 1: refused, or not possible · 2: not understood
`;

/** @throws UsageError */
export function readUserArguments(argv: readonly string[]): UserArguments {
  const { values, positionals } = parse(argv);
  const [first = 'help', ...rest] = positionals;
  const command = values.help === true ? 'help' : USER_COMMANDS.find((one) => one === first);
  if (command === undefined) throw new UsageError(`There is no command ${first}.`);
  const who = values.email ?? rest[0];
  const takes = { help: rest.length, list: 0, create: 0, roles: 2 }[command as string] ?? 1;
  const given =
    rest.length + (values.email === undefined || command === 'list' || command === 'create' ? 0 : 1);
  if (given !== takes) throw new UsageError(`${command} takes ${wordsOf(takes)}.`);
  if (command === 'create' && !isAddress(values.email))
    throw new UsageError('create needs --email with an address.');
  return {
    command,
    who,
    roles: rolesOf(command, values.email === undefined ? rest[1] : rest[0], values.admin === true),
    invite: values.invite === true,
    role: values.role === undefined ? undefined : roleOf(values.role),
    disabled: values.disabled === true,
    json: values.json === true,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        email: { type: 'string' },
        admin: { type: 'boolean' },
        invite: { type: 'boolean' },
        role: { type: 'string' },
        disabled: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function rolesOf(command: UserCommand, list: string | undefined, admin: boolean): Role[] | undefined {
  if (command === 'create') return admin ? ['user', 'admin'] : ['user'];
  if (command !== 'roles') return undefined;
  return [...new Set((list ?? '').split(',').map((role) => roleOf(role.trim())))];
}

function roleOf(text: string): Role {
  const role = ROLES.find((one) => one === text);
  if (role === undefined) throw new UsageError(`A role is one of ${ROLES.join(', ')}.`);
  return role;
}

function isAddress(text: string | undefined): boolean {
  return text !== undefined && text.length <= MAX_EMAIL_CHARACTERS && isEmail(text, { require_tld: false });
}

const wordsOf = (count: number): string =>
  count === 0 ? 'options only' : count === 1 ? 'one user' : 'a user and the roles';
