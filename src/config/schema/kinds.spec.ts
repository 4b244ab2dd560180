import * as kinds from './kinds.js';

const parses = <T>(kind: { parse: (text: string) => T | undefined }, texts: readonly string[]) =>
  texts.map((text) => kind.parse(text));
/** Those that were taken all the same. */
const takenOf = <T>(kind: { parse: (text: string) => T | undefined }, texts: readonly string[]) =>
  texts.filter((text) => kind.parse(text) !== undefined);

describe('origins', () => {
  const origins = kinds.origins();

  it('are spelt as browsers do', () => {
    expect(origins.parse('https://App.Example:443, http://a:8080,capacitor://localhost')).toEqual([
      'https://app.example',
      'http://a:8080',
      'capacitor://localhost',
    ]);
    expect(origins.parse('http://[::1]:3000')).toEqual(['http://[::1]:3000']);
    expect(origins.parse('*')).toEqual(['*']);
    expect(origins.parse(',')).toEqual([]);
  });

  it('have nothing behind the port, and none may be wrong', () => {
    const wrong = [
      'https://a.example/',
      'https://a.example/path',
      'https://a.example?x',
      'https://u:p@a.example',
      'https://*.example',
      'a.example',
      'null',
      'file://x',
      'https://',
      'https://a b',
      'https://a:99999',
    ];
    expect(takenOf(origins, wrong)).toEqual([]);
    expect(origins.parse('https://a.example,b.example')).toBeUndefined();
    expect(origins.parse('https://a.example,'.repeat(101))).toBeUndefined();
  });
});

describe('baseUrl', () => {
  it('loses the slash at its end and keeps its path', () => {
    expect(parses(kinds.baseUrl(), ['https://a.example/', 'http://a:1/v1//'])).toEqual([
      'https://a.example',
      'http://a:1/v1',
    ]);
  });

  it('has nothing that would be lost behind it', () => {
    const wrong = [
      'https://a/?q=1',
      'https://a/#f',
      'https://u:p@a',
      'https://u@a',
      'ftp://a',
      'a.example',
      'https://',
      'https:a',
      'https://a b',
      `https://a/${'x'.repeat(2000)}`,
    ];
    expect(takenOf(kinds.baseUrl(), wrong)).toEqual([]);
  });
});

describe('someOf', () => {
  const some = kinds.someOf(['a', 'b', 'c']);

  it('has each once, in the order of the declaration', () => {
    expect(parses(some, ['c, a', 'b,b,', ','])).toEqual([['a', 'c'], ['b'], []]);
    expect(parses(some, ['all', 'b,all'])).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('has nothing that it does not know', () => {
    expect(takenOf(some, ['d', 'a,d', 'all,d', 'A', 'a b', 'toString'])).toEqual([]);
  });
});

describe('what goes into headers', () => {
  it('has neither spaces nor control characters nor anything beyond ASCII', () => {
    const wrong = ['a b', 'a\nb', 'a\tb', 'a\u0000', 'ä', 'x'.repeat(8193)];
    expect(takenOf(kinds.headerKey(), wrong)).toEqual([]);
    expect(kinds.headerKey().parse('sk-Ab_1+/=~!')).toBe('sk-Ab_1+/=~!');
  });
});

describe('names and addresses', () => {
  it('listens on addresses and names', () => {
    const right = ['127.0.0.1', '::', '::1', 'localhost', 'my-host.example', 'my_host'];
    expect(parses(kinds.listenAddress(), right)).toEqual(right);
    const wrong = ['http://a', 'a:80', '[::1]', 'a b', '-a', 'a..b', '*'];
    expect(takenOf(kinds.listenAddress(), wrong)).toEqual([]);
  });

  it('takes e-mail addresses, also of this machine', () => {
    const right = ['Root@Example.com', 'demo@tollgate.local', 'admin@localhost'];
    expect(parses(kinds.email(), right)).toEqual(right);
    expect(takenOf(kinds.email(), ['root', '@a', 'a@', 'a b@c.d', `${'a'.repeat(250)}@b.example`])).toEqual(
      [],
    );
  });

  it('takes ids of chatflows', () => {
    expect(takenOf(kinds.chatflowId(), ['a b', 'a/b', 'ä', 'x'.repeat(129)])).toEqual([]);
    expect(kinds.chatflowId().parse('support:v2')).toBe('support:v2');
  });

  it('takes the address of a database', () => {
    const right = ['embedded', 'mongodb://a,b/c?replicaSet=d', 'mongodb+srv://u:p@a.example'];
    expect(parses(kinds.mongodbUri(), right)).toEqual(right);
    expect(takenOf(kinds.mongodbUri(), ['Embedded', 'mongodb://', 'mongodb://a b', 'https://a'])).toEqual([]);
  });

  it('keeps the address of a document as it is', () => {
    expect(kinds.url().parse('https://a/keys/?v=1')).toBe('https://a/keys/?v=1');
    expect(takenOf(kinds.url(), ['https://u:p@a/keys', 'keys', 'file:///keys'])).toEqual([]);
  });

  it('keeps text on one line', () => {
    expect(takenOf(kinds.line(), ['a\nb', 'a\u0000', 'x'.repeat(2001)])).toEqual([]);
    expect(takenOf(kinds.password(), ['seven77', 'x'.repeat(129), 'new\nline and more'])).toEqual([]);
    expect(kinds.password().parse('pass phrase')).toBe('pass phrase');
  });
});
