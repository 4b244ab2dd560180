import { FixedClock } from '../../../test/support/auth/auth-fixtures.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import type { OwnUser } from '../accounts/user.js';
import { LastAdmin, STALE_CLAIM_MS } from './last-admin.service.js';

const busy = expect.objectContaining({ code: 'overloaded', retryable: true });
const conflict = expect.objectContaining({ code: 'conflict' });

async function setUp() {
  const users = new MemoryUserStore();
  const clock = new FixedClock();
  for (const id of ['ada', 'bob'])
    await users.insert({ id, email: id, roles: ['admin'] } as unknown as OwnUser);
  const lastAdmin = new LastAdmin(users, clock);
  const leave = (id: string) =>
    lastAdmin.leave(id, (claimId) => users.change(id, { roles: ['user'] }, claimId));
  const admins = () =>
    [...users.users.values()].filter(({ roles }) => roles.includes('admin')).map(({ id }) => id);
  return { users, clock, lastAdmin, leave, admins };
}

describe('LastAdmin', () => {
  it('lets all go but one', async () => {
    const { leave, admins, users } = await setUp();
    await leave('ada');
    await expect(leave('bob')).rejects.toEqual(conflict);
    expect(admins()).toEqual(['bob']);
    expect(users.users.get('bob')?.adminClaim).toBeUndefined();
  });

  it('never lets both go who take each other’s role at the same time', async () => {
    const { leave, admins } = await setUp();
    const ends = await Promise.allSettled([leave('ada'), leave('bob')]);
    expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    expect(admins().length).toBeGreaterThanOrEqual(1);
  });

  it('never leaves nobody where one dies in the midst of it, and lets another one go on later', async () => {
    const { lastAdmin, leave, admins, clock, users } = await setUp();
    // Whatever the process was about to do: its claim is all that is left.
    await new Promise<void>((resolve) => {
      void lastAdmin.leave('ada', () => {
        resolve();
        return new Promise<undefined>(() => undefined);
      });
    });
    expect(users.users.get('ada')?.adminClaim).toBeDefined();
    await expect(leave('bob')).rejects.toEqual(conflict);
    await expect(leave('ada')).rejects.toEqual(busy);
    expect(admins()).toEqual(['ada', 'bob']);
    clock.time += STALE_CLAIM_MS + 1;
    await leave('bob');
    expect(admins()).toEqual(['ada']);
  });

  it('takes the right to go on away with the claim', async () => {
    const { lastAdmin, leave, admins, clock, users } = await setUp();
    const paused = lastAdmin.leave('ada', async (claimId) => {
      clock.time += STALE_CLAIM_MS + 1;
      await leave('bob');
      return users.change('ada', { roles: ['user'] }, claimId);
    });
    await expect(paused).rejects.toEqual(busy);
    expect(admins()).toEqual(['ada']);
  });

  it('counts whoever becomes an admin while the role of another one is taken', async () => {
    const { lastAdmin, leave, users, admins } = await setUp();
    await leave('ada');
    await lastAdmin.leave('ada', async (claimId) => {
      await users.change('ada', { roles: ['admin'] });
      await expect(leave('bob')).rejects.toEqual(conflict);
      return users.change('ada', { roles: ['user'] }, claimId);
    });
    expect(admins()).toEqual(['bob']);
  });
});
