import { DEFAULT_URL, readArguments, UsageError } from './cli-arguments.js';

describe('readArguments', () => {
  it('takes words without a command as the question', () => {
    expect(readArguments(['what', 'are', 'my', 'tasks?'], undefined)).toMatchObject({
      command: 'ask',
      text: 'what are my tasks?',
      url: DEFAULT_URL,
      json: false,
    });
  });

  it('reads commands and options in any order', () => {
    const given = readArguments(['--json', 'history', '-u', 'https://chat.example.com/', 's1'], undefined);
    expect(given).toMatchObject({
      command: 'history',
      text: 's1',
      url: 'https://chat.example.com',
      json: true,
    });
  });

  it('takes a question that begins like a command for a question', () => {
    expect(readArguments(['help', 'me', 'please'], undefined)).toMatchObject({
      command: 'ask',
      text: 'help me please',
    });
  });

  it('chats without words, and prefers its option to the environment', () => {
    expect(readArguments([], 'http://a.example')).toMatchObject({
      command: 'ask',
      text: undefined,
      url: 'http://a.example',
    });
    expect(readArguments(['-u', 'http://b.example'], 'http://a.example').url).toBe('http://b.example');
  });

  it.each([[['--nonsense']], [['-u', 'ftp://x']]])('refuses %j', (argv) => {
    expect(() => readArguments(argv, undefined)).toThrow(UsageError);
  });
});
