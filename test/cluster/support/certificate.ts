import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = (...words: readonly string[]) => promisify(execFile)('openssl', [...words]);

export interface Certificate {
  /** PEM files. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate for `localhost` and the loopback, signed by an authority that nobody knows. @param folder where its files go */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const [ca, caKey, cert, key] = ['ca.pem', 'ca.key', 'server.pem', 'server.key'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...newKey, '-subj', '/CN=A private authority', '-keyout', caKey, '-out', ca);
  await openssl(
    ...['req', '-x509', ...newKey, '-subj', '/CN=localhost'],
    ...['-CA', ca, '-CAkey', caKey, '-keyout', key, '-out', cert],
    ...[
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    ],
  );
  return { ca, cert, key };
}
