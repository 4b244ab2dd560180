import { banner } from './banner.js';

const DEMO = { email: 'demo@tollgate.local', accessToken: 'a.b.c', expiresInSeconds: 900 };

describe('banner', () => {
  it('begins with the address of the chat page', () => {
    const text = banner({ url: 'http://127.0.0.1:3000', database: 'embedded', demo: DEMO });
    expect(text.trimStart().split('\n')[0]).toBe('Chat in your browser: http://127.0.0.1:3000/');
  });

  it('says where it listens and where the documentation is', () => {
    const text = banner({ url: 'http://127.0.0.1:3000', database: 'embedded' });
    expect(text).toContain('listens on http://127.0.0.1:3000\n');
    expect(text).toContain('http://127.0.0.1:3000/docs');
  });

  it('shows no credentials where there is no demo user', () => {
    expect(banner({ url: 'http://h', database: 'embedded' })).not.toMatch(/Bearer|password|curl/);
  });

  it('shows a password only when it was generated just now', () => {
    expect(banner({ url: 'http://h', database: 'embedded', demo: DEMO })).not.toContain('password');
    expect(banner({ url: 'http://h', database: 'embedded', demo: { ...DEMO, password: 'p1' } })).toContain(
      'password: p1 ',
    );
  });

  it('prints the curl command on one line of its own', () => {
    const line = banner({ url: 'http://h', database: 'embedded', demo: DEMO })
      .split('\n')
      .find((candidate) => candidate.startsWith('curl'));
    expect(line).toBe(
      `curl -N http://h/predict/stream/store -H 'Authorization: Bearer a.b.c' -H 'Content-Type: application/json' ` +
        `-d '{"chatflow_id":"assistant","question":"Add a task to buy milk"}'`,
    );
  });
});
