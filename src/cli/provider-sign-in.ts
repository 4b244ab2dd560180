import type { TokenProvider, TokenStore } from '@tollgate/client';
import { UsageError } from './cli-arguments.js';
import { signInByDevice, type DeviceCode } from './provider-login.js';
import { bold, printable, say, Spinner } from './terminal.js';

/** Has somebody sign in at an identity provider, in a browser of theirs. @throws ProviderLoginError; UsageError on Ctrl-C */
export async function signInAtProvider(store: TokenStore, provider: TokenProvider): Promise<void> {
  const interruption = new AbortController();
  const onInterrupt = (): void => {
    interruption.abort(new UsageError('Not signed in.'));
  };
  process.once('SIGINT', onInterrupt);
  const spinner = new Spinner();
  try {
    const tokens = await signInByDevice(
      provider,
      (code) => {
        tellWhatToDo(code);
        spinner.start(`Waiting for ${printable(provider.name)}`);
      },
      interruption.signal,
    );
    await store.save(tokens);
  } finally {
    spinner.stop();
    process.off('SIGINT', onInterrupt);
  }
}

function tellWhatToDo({ address, code, goodForSeconds }: DeviceCode): void {
  const minutes = Math.max(1, Math.round(goodForSeconds / 60));
  say(`Open ${bold(printable(address))}`);
  say(`and see that it shows the code ${bold(printable(code))}`);
  say(`It is good for ${minutes === 1 ? 'a minute' : `${minutes} minutes`}; Ctrl-C gives up.`);
}
