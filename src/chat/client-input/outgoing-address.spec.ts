import { readOutgoingAddress } from './outgoing-address.js';

const REFUSED = [
  'http://127.0.0.1/',
  'http://localhost:8080/x',
  'http://LOCALHOST./x',
  'http://api.localhost/',
  'http://10.1.2.3/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data',
  'http://168.63.129.16/machine',
  'http://100.100.100.200/latest',
  'http://192.0.0.192/opc',
  'http://198.18.0.1/',
  'http://0.0.0.0/',
  'http://0/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://metadata/',
  'http://metadata.google.internal/computeMetadata',
  'http://printer.local/',
  'http://mongo:27017/',
  'http://api.default.svc/',
  'http://api.default.svc.cluster.local/',
  'http://2130706433/',
  'http://134744072/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://017700000001/',
  'http://127.1/',
  'http://8.8.2056/',
  'http://%31%32%37.0.0.1/',
  'http://１２７.０.０.１/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:8.8.8.8]/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:db8::1]/',
  'http://user@example.com/',
  'http://user:secret@example.com/',
  'http://example.com\\@127.0.0.1/',
  'http://exa\nmple.com/',
  ' http://example.com/',
  'ftp://example.com/a.png',
  'file:///etc/passwd',
  'gopher://example.com/',
  'javascript:alert(1)',
  '//example.com/a.png',
  '../../etc/passwd',
  '',
  `http://example.com/${'a'.repeat(2048)}`,
];

describe('readOutgoingAddress', () => {
  it.each(REFUSED)('refuses %j', (address) => {
    expect(readOutgoingAddress(address, false)).toEqual({ kind: 'refused', reason: expect.any(String) });
  });

  it.each([
    'https://example.com/a.png?x=1',
    'http://8.8.8.8/a.png',
    'https://localhost.example.com/',
    'https://bücher.example/ä.png',
    'http://[2606:4700::1111]:8080/a',
    'https://example.com./a.png',
  ])('takes %j', (address) => {
    expect(readOutgoingAddress(address, false)).toEqual({ kind: 'address', href: new URL(address).href });
  });

  it.each(['http://127.0.0.1:3000/a.png', 'http://mongo/a', 'http://[::1]/'])(
    'takes %j where private networks are allowed',
    (address) => {
      expect(readOutgoingAddress(address, true)).toEqual({ kind: 'address', href: new URL(address).href });
    },
  );

  it.each(['http://user:secret@10.0.0.1/', 'ftp://10.0.0.1/', 'http://2130706433/'])(
    'refuses %j even there',
    (address) => {
      expect(readOutgoingAddress(address, true).kind).toBe('refused');
    },
  );
});
