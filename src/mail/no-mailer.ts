import { MailFailure } from './mail-failure.error.js';
import { Mailer } from './mailer.port.js';

/** Where no mail is sent. */
export class NoMailer extends Mailer {
  readonly isOn = false;

  send(): Promise<void> {
    return Promise.reject(new MailFailure('there is none', true));
  }
}
