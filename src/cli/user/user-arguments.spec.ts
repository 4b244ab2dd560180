import { readUserArguments } from './user-arguments.js';

const EVE = 'eve@example.com';

describe('the arguments of npm run user', () => {
  it.each<[readonly string[], object]>([
    [['create', '--email', EVE], { command: 'create', who: EVE, roles: ['user'], invite: false }],
    [['create', '--admin', '--email', EVE, '--invite'], { roles: ['user', 'admin'], invite: true }],
    [['list'], { command: 'list', who: undefined, role: undefined, disabled: false }],
    [
      ['list', '--email', 'e', '--role', 'admin', '--disabled', '--json'],
      { who: 'e', role: 'admin', json: true },
    ],
    [['roles', EVE, 'user, admin,user'], { command: 'roles', who: EVE, roles: ['user', 'admin'] }],
    [['roles', '--email', EVE, 'user'], { who: EVE, roles: ['user'] }],
    [['disable', 'an-id'], { command: 'disable', who: 'an-id', roles: undefined }],
    [['sign-out', '--email', EVE], { command: 'sign-out', who: EVE }],
    [[], { command: 'help' }],
    [['disable', '--help'], { command: 'help' }],
  ])('understands %j', (args, meaning) => {
    expect(readUserArguments(args)).toMatchObject(meaning);
  });

  it.each<[readonly string[], RegExp]>([
    [['create'], /--email/],
    [['create', EVE], /options only/],
    [['create', '--email', 'nobody'], /--email/],
    [['create', '--email', EVE, '--password', 'x'], /--password/],
    [['disable'], /one user/],
    [['disable', EVE, 'bob'], /one user/],
    [['disable', '--email', EVE, 'bob'], /one user/],
    [['roles', EVE], /a user and the roles/],
    [['roles', EVE, ''], /A role is one of/],
    [['roles', EVE, 'king'], /A role is one of/],
    [['list', '--role', 'king'], /A role is one of/],
    [['behead', EVE], /no command/],
  ])('does not understand %j', (args, text) => {
    expect(() => readUserArguments(args)).toThrow(text);
  });
});
