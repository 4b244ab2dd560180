import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly isTls: boolean;
  /** Who had signed in, with which password. */
  readonly by: string | undefined;
}

export interface MailServerOptions {
  /** PEM; absent: it knows no STARTTLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Whether whoever sends has to sign in. */
  readonly asksWho?: boolean;
  /** Mails that it does not take before it takes some. */
  readonly refuses?: number;
}

/** A real mail server, which keeps what it gets. */
export class MailServer {
  readonly received: ReceivedMail[] = [];
  /** User and password of everybody who tried to sign in, also in the clear. */
  readonly signedIn: string[] = [];
  refuses: number;
  attempts = 0;

  private constructor(
    private readonly server: SMTPServer,
    refuses: number,
  ) {
    this.refuses = refuses;
  }

  static async start({ tls, asksWho = false, refuses = 0 }: MailServerOptions = {}): Promise<MailServer> {
    const holder: { self?: MailServer } = {};
    const server = new SMTPServer({
      ...(tls ?? {}),
      ...(tls === undefined ? { disabledCommands: ['STARTTLS'] } : {}),
      authOptional: !asksWho,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      onAuth: ({ username, password }, _session, done) => {
        holder.self?.signedIn.push(`${username}:${password}`);
        done(null, { user: username });
      },
      onData: (stream, session, done) => {
        void text(stream).then((raw) => {
          done(holder.self?.take(raw, session) === true ? null : new Error('Not now'));
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    // A client that does not trust it breaks off.
    server.on('error', () => undefined);
    holder.self = new MailServer(server, refuses);
    return holder.self;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private take(raw: string, session: Session): boolean {
    this.attempts += 1;
    if (this.refuses > 0) {
      this.refuses -= 1;
      return false;
    }
    const [head = '', ...body] = raw.split('\r\n\r\n');
    const { mailFrom, rcptTo } = session.envelope;
    this.received.push({
      to: rcptTo.map(({ address }) => address),
      from: mailFrom === false ? '' : mailFrom.address,
      subject: /^Subject: (.*)$/im.exec(head)?.[1] ?? '',
      text: decoded(body.join('\r\n\r\n'), head),
      isTls: session.secure,
      by: session.user,
    });
    return true;
  }
}

interface Session {
  readonly secure: boolean;
  readonly user?: string;
  readonly envelope: {
    readonly mailFrom: false | { readonly address: string };
    readonly rcptTo: readonly { readonly address: string }[];
  };
}

function decoded(body: string, head: string): string {
  const encoding = /^Content-Transfer-Encoding: (\S+)$/im.exec(head)?.[1];
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
