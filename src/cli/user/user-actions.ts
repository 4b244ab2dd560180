import { userInfo } from 'node:os';
import { randomBytes } from 'node:crypto';
import { COMMAND_LINE_ACTOR, type AuditAction } from '../../audit/audit-entry.js';
import type { AuditQuestion } from '../../audit/audit-log.service.js';
import { normaliseEmail } from '../../auth/accounts/email.js';
import type { User } from '../../auth/accounts/user.js';
import { resetLink, type PasswordReset } from '../../auth/passwords/password-resets.service.js';
import { errors } from '../../platform/errors/errors.js';
import type { UserArguments } from './user-arguments.js';
import type { UserHousehold } from './user-household.js';

/** Of a list, read at once. */
const USERS_PER_PAGE = 100;
/** Nobody knows it: the account has a password once its token was used. */
const UNKNOWN_PASSWORD_BYTES = 32;

type AskPassword = (email: string) => Promise<string>;

/** What is to be told of what was done: one line each, for a person or as JSON. */
export interface Told {
  readonly json: object;
  readonly text: string;
}

/**
 * Carries a command out, and writes down that it did. Gives what there is to tell as it comes.
 * @param askPassword asks for the new password of the account with this e-mail
 * @throws AppError, UsageError
 */
export async function* carryOut(
  house: UserHousehold,
  given: UserArguments,
  publicUrl: string | undefined,
  askPassword: AskPassword,
): AsyncGenerator<Told> {
  const { command, who = '' } = given;
  if (command === 'list') yield* list(house, given);
  else if (command === 'create') yield* create(house, given, publicUrl, askPassword);
  else {
    const user = await find(house, who);
    if (command === 'reset-password') yield* reset(house, user, publicUrl);
    else if (command === 'sign-out') {
      await noted(house, 'user.sign-out', user.id, {}, () => house.signIns.revokeAll(user.id));
      yield toldOf(user, 'signed out everywhere');
    } else yield change(house, given, user);
  }
}

async function change(house: UserHousehold, { command, roles }: UserArguments, user: User): Promise<Told> {
  const change = {
    ...(command === 'grant-admin' ? { roles: [...new Set([...user.roles, 'admin' as const])] } : {}),
    ...(command === 'roles' && roles !== undefined ? { roles } : {}),
    ...(command === 'disable' || command === 'enable' ? { disabled: command === 'disable' } : {}),
  };
  const details = {
    ...(change.roles === undefined ? {} : { roles: change.roles.join(' ') }),
    ...(change.disabled === undefined ? {} : { disabled: change.disabled }),
  };
  const changed = await noted(house, 'user.change', user.id, details, () =>
    house.users.change(user.id, change, COMMAND_LINE_ACTOR),
  );
  return toldOf(changed, 'changed');
}

async function* list(house: UserHousehold, { who, role, disabled }: UserArguments): AsyncGenerator<Told> {
  const filter = {
    ...(who === undefined ? {} : { emailPrefix: normaliseEmail(who) }),
    ...(role === undefined ? {} : { role }),
    ...(disabled ? { isDisabled: true } : {}),
  };
  let after: string | undefined;
  do {
    const { users, next } = await house.users.list(filter, after, USERS_PER_PAGE);
    for (const user of users) yield toldOf(user);
    after = next;
  } while (after !== undefined);
}

async function* create(
  house: UserHousehold,
  { who = '', roles = ['user'], invite }: UserArguments,
  publicUrl: string | undefined,
  askPassword: AskPassword,
): AsyncGenerator<Told> {
  const email = normaliseEmail(who);
  if ((await house.accounts.find(email)) !== undefined) throw taken();
  const password = invite
    ? randomBytes(UNKNOWN_PASSWORD_BYTES).toString('base64url')
    : await askPassword(email);
  const make = async (): Promise<User> => {
    const user = await house.accounts.create({ email, password, roles });
    if (user === undefined) throw taken();
    return user;
  };
  const question = questionOf('user.create', { roles: roles.join(' '), invited: invite });
  const user = await house.audit.around(question, make, ({ id }) => ({ targetKind: 'user', targetId: id }));
  yield toldOf(user, 'created');
  if (invite) yield* reset(house, user, publicUrl);
}

async function* reset(house: UserHousehold, user: User, publicUrl: string | undefined): AsyncGenerator<Told> {
  const { token, expiresAt } = await noted(house, 'user.reset-password', user.id, {}, () =>
    house.resets.allow(user.id),
  );
  yield tokenTold({ token, expiresAt }, publicUrl);
}

function tokenTold({ token, expiresAt }: PasswordReset, publicUrl: string | undefined): Told {
  const link = publicUrl === undefined ? undefined : resetLink(publicUrl, token);
  const until = expiresAt.toISOString();
  return {
    json: { token, expiresAt: until, ...(link === undefined ? {} : { link }) },
    text: `${link ?? token}\nGood once, until ${until}${link === undefined ? ', at POST /auth/password-reset' : ''}.`,
  };
}

async function find({ store }: UserHousehold, who: string): Promise<User> {
  const user = who.includes('@') ? await store.findByEmail(normaliseEmail(who)) : await store.findById(who);
  if (user === undefined) throw errors.notFound('The user');
  return user;
}

function noted<T>(
  { audit }: UserHousehold,
  action: AuditAction,
  userId: string,
  details: NonNullable<AuditQuestion['details']>,
  work: () => Promise<T>,
): Promise<T> {
  return audit.around({ ...questionOf(action, details), targetKind: 'user', targetId: userId }, work);
}

function questionOf(action: AuditAction, details: NonNullable<AuditQuestion['details']>): AuditQuestion {
  return { action, actorId: COMMAND_LINE_ACTOR, details: { ...details, systemUser: userInfo().username } };
}

function toldOf({ id, email, roles, createdAt, disabledAt }: User, done?: string): Told {
  const state = disabledAt === undefined ? 'active' : 'disabled';
  const words = [id, email ?? '(external)', roles.join(',') || '-', state, createdAt.toISOString()];
  return {
    json: {
      ...{ id, ...(email === undefined ? {} : { email }), roles, createdAt: createdAt.toISOString() },
      ...(disabledAt === undefined ? {} : { disabledAt: disabledAt.toISOString() }),
    },
    text: done === undefined ? words.join('  ') : `${email ?? id}: ${done} (${roles.join(', ')}; ${state})`,
  };
}

const taken = () =>
  errors.conflict('There is an account with this e-mail: use grant-admin or reset-password.');
