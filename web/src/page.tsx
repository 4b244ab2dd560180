import type { ReactNode } from 'react';
import { ResetPassword, useResetToken } from './account/reset-password.js';
import { App } from './app.js';

/** A link for a forgotten password, whoever is signed in here; else the application. */
export function Page(): ReactNode {
  const token = useResetToken();
  return token === undefined ? <App /> : <ResetPassword key={token} token={token} />;
}
