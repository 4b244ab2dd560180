import { principalOf } from '../../test/support/auth/auth-fixtures.js';
import { RuleChatflowAccess } from './rule-chatflow-access.service.js';

const ada = principalOf('ada', {
  issuer: 'https://corp.example',
  subject: 'ext-ada',
  externalName: 'corp:ext-ada',
  roles: ['user', 'staff'],
});

describe('RuleChatflowAccess', () => {
  const access = new RuleChatflowAccess();

  it.each([
    [{ public: true }, true],
    [{ users: ['ada'] }, true],
    [{ users: ['corp:ext-ada'] }, true],
    // Somebody else's subject, where there are several issuers.
    [{ users: ['ext-ada'] }, false],
    [{ roles: ['staff'] }, true],
    [{ users: ['bob'], roles: ['staff'] }, true],
    [{ users: ['bob'], roles: ['boss'] }, false],
    [{ public: false }, false],
    [{}, false],
  ])('with the rule %j answers %j', (rule, expected) => {
    expect(access.mayUse(ada, { id: 'flow', access: rule })).toBe(expected);
  });

  it('lets admins use everything', () => {
    expect(
      access.mayUse(principalOf('root', { roles: ['admin'] }), { id: 'flow', access: { users: ['bob'] } }),
    ).toBe(true);
  });

  it.each([
    ['flow', true],
    ['other', false],
  ])('keeps a key of an admin for chatflow %s to that', (id, expected) => {
    const key = principalOf('root', { roles: ['admin'], chatflowIds: [id, 'third'] });
    expect(access.mayUse(key, { id: 'flow', access: { public: true } })).toBe(expected);
  });
});
