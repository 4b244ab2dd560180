import { redact } from './redact.js';

describe('redact', () => {
  it.each([
    [
      'a connection string',
      'cannot reach mongodb://root:S3CRET@db:27017/x?authSource=S3CRET',
      'mongodb://***@db:27017/x',
    ],
    [
      'one with many hosts',
      'mongodb+srv://u:S3CRET@a.b,c.d/db failed',
      'mongodb+srv://***@a.b,c.d/db failed',
    ],
    ['one of postgres', 'postgresql://app:S3C@RET@10.0.0.1:5432/app', '10.0.0.1:5432/app'],
    ['one of redis without a user', 'redis://:S3CRET@cache:6379', 'redis://***@cache:6379'],
    ['one of Azure', 'AccountName=me;AccountKey=S3CRET+/==;EndpointSuffix=x', 'AccountName=me'],
    ['one of SQL Server', 'Server=db;User Id=sa;Password=S3CRET;', 'User Id=sa'],
    ['a password', 'login failed: password=S3CRET for ada', 'for ada'],
    ['a password with blanks in quotes', 'password="S3CRET and S3CRET", user=ada', 'user=ada'],
    ['a password in JSON', '{"password":"S3CRET","user":"ada"}', '"user":"ada"'],
    ['a password in JSON in JSON', '{\\"db_password\\": \\"S3CRET\\", \\"user\\": 1}', 'user'],
    ['a pwd', 'pwd=S3CRET&user=ada', 'user=ada'],
    ['a client secret', "client_secret: 'S3CRET'", 'client_secret'],
    ['a secret of AWS', 'aws_secret_access_key = S3CRET/abc', 'aws_secret_access_key'],
    ['a key of AWS', 'user AKIAIOSFODNN7S3CRET is not allowed', 'is not allowed'],
    ['a key of Google', 'key AIzaSyD-S3CRET_abcdefgh is bad', 'is bad'],
    ['a token of GitHub', 'ghp_abcdefghS3CRETabcd', 'ghp_***'],
    ['a token of Slack', 'xoxb-1234-S3CRETabcd', 'xoxb-***'],
    ['a token of Hugging Face', 'hf_abcdefS3CRETghij', 'hf_***'],
    ['a key of OpenAI', 'Incorrect API key provided: sk-proj-S3CRETabc.', 'Incorrect'],
    ['a bearer token', 'authorization Bearer S3CRET.abc', 'Bearer ***'],
    ['a JWT', 'got eyJhbGciOiJIUzI1NiJ9.S3CRETpayload.S3CRET-x for it', 'for it'],
    [
      'a private key',
      '-----BEGIN RSA PRIVATE KEY-----\nS3CRET\n-----END RSA PRIVATE KEY-----\nafter',
      'after',
    ],
    ['a private key that is cut off', '-----BEGIN PRIVATE KEY-----\nS3CRET', '***'],
    ['the query of a URL', 'GET https://h.example/p?key=S3CRET failed', 'https://h.example/p failed'],
  ])('hides %s', (_name, text, kept) => {
    expect(redact(text)).not.toMatch(/S3C|S3CRET|C@RET/);
    expect(redact(text)).toContain(kept);
  });

  it('leaves ordinary words as they are', () => {
    for (const text of [
      'The model llama3 was not found, try pulling it first',
      'maximum context length is 4097 tokens, however you requested 5000 tokens',
      'see https://h.example/errors/429',
    ])
      expect(redact(text)).toBe(text);
  });

  it('shows no end of a secret that is cut', () => {
    const text = `${'x '.repeat(995)}password=${'S3CRET'.repeat(500)}`;
    expect(redact(text)).not.toContain('S3CRET');
    expect(redact('y'.repeat(5000))).toHaveLength(2000);
  });
});
