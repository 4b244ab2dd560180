import { createLog, type LogPlace } from './create-log.js';
import { requestIdOf } from './request-id.js';
import { safeUrl } from './safe-url.js';

describe('requestIdOf', () => {
  it('keeps a sane id of a proxy', () => {
    expect(requestIdOf('req-1.A_b')).toBe('req-1.A_b');
  });

  it.each([['a'.repeat(65)], ['a b'], ['a\r\nset-cookie: x'], ['ü'], [''], [undefined], [['a', 'b']]])(
    'makes a new id instead of %j',
    (header) => {
      expect(requestIdOf(header)).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('safeUrl', () => {
  it('leaves out what may be a secret, however the name is written', () => {
    expect(safeUrl('/a?access_token=s1&x=1&API%4bEY=s2&%zz=s3')).toBe(
      '/a?access_token=[redacted]&x=1&API%4bEY=[redacted]&%zz=[redacted]',
    );
  });

  it('leaves out what somebody looks for, whom, and how a file is called', () => {
    expect(safeUrl('/search?q=words&limit=5')).toBe('/search?q=[redacted]&limit=5');
    expect(safeUrl('/users?email=ada')).toBe('/users?email=[redacted]');
    expect(safeUrl('/attachments?Name=will.txt')).toBe('/attachments?Name=[redacted]');
  });

  it('keeps a URL without a query', () => {
    expect(safeUrl('/turns/1')).toBe('/turns/1');
  });
});

describe('createLog', () => {
  function linesOf(
    write: (log: ReturnType<typeof createLog>) => void,
    place?: LogPlace,
  ): Record<string, unknown>[] {
    const lines: Record<string, unknown>[] = [];
    write(
      createLog(
        { level: 'info' },
        { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
        place,
      ),
    );
    return lines;
  }

  it('hides secrets that slip into the fields', () => {
    const [line] = linesOf((log) => {
      log.info(
        { password: 's3cret', headers: { authorization: 's3cret', 'x-api-key': 's3cret' }, turnId: 't' },
        'x',
      );
    });
    expect(JSON.stringify(line)).not.toContain('s3cret');
    expect(line).toMatchObject({ level: 'info', turnId: 't', msg: 'x' });
  });

  it('writes into no line what another one says', () => {
    const place = { trace_id: 't' };
    const [, second] = linesOf(
      (log) => {
        log.info({ userId: 'u', span_id: 's' }, 'first');
        log.info({ trace_id: 'own' }, 'second');
      },
      () => place,
    );
    expect(second).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      trace_id: 'own',
      msg: 'second',
    });
    expect(place).toEqual({ trace_id: 't' });
  });

  it('writes the error that lies behind an error', () => {
    const [line] = linesOf((log) => {
      log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'x');
    });
    expect(JSON.stringify(line?.err)).toContain('inner');
  });
});
