/** OpenID Connect Back-Channel Logout 1.0, section 2.4: the member of `events` that makes a token one of logout. */
export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** The `typ` that is recommended for logout tokens, in small letters. */
export const LOGOUT_TOKEN_TYPE = 'logout+jwt';
/** How old a logout token may be: providers send it at once and repeat it for minutes. For so long it is remembered that it was used. */
export const MAX_LOGOUT_TOKEN_AGE_S = 600;
