/** Whether an access token says which of its user's sessions it is of. The server reads it for itself: nothing is believed by this. */
export function namesSession(accessToken: string): boolean {
  try {
    const claims = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { sid } = JSON.parse(atob(claims)) as { readonly sid?: unknown };
    return typeof sid === 'string' && sid !== '';
  } catch {
    // An opaque one.
    return false;
  }
}
